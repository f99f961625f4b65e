"""Maps: classes that hold every city, boundaries where there are some, circles elsewhere, missing shown as such."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text
from shapely.geometry import box

from carbonpolis.errors import BadInput
from carbonpolis.report.documents import maps
from carbonpolis.report.documents.map_classes import classes

VALUES = pd.Series({"Alder": 12.0, "Birk": 31.0, "Cedar": 58.0, "Dune": np.nan})
SHAPES = {name: box(5 + k, 52, 5.9 + k, 52.6) for k, name in enumerate(["Alder", "Birk", "Cedar", "Dune"])}
PLACES = pd.DataFrame({"latitude": [52.0, 52.1, 52.2, 52.3], "longitude": [5.0, 5.1, 5.2, 5.3]}, index=VALUES.index)


def words(figure: object) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text))  # type: ignore[attr-defined]


@given(st.lists(st.floats(-1e6, 1e6) | st.none(), max_size=60))
def test_every_known_value_is_in_the_class_that_says_so(values: list[float | None]) -> None:
    found = classes(values)
    known = [value for value in values if value is not None]
    assert sum(found.counts) == len(known)
    for value in known:
        at = found.of(value)
        assert at is not None
        low, high = found.bounds[at]
        assert low - 1e-6 * max(1, abs(low)) <= value <= high + 1e-6 * max(1, abs(high))
    assert found.of(None) is None
    assert all(one[1] == other[0] for one, other in pairwise(found.bounds))


def test_steps_are_equal_and_round_unless_one_class_would_hold_most_cities() -> None:
    assert classes([12, 20, 33, 48, 59]).bounds == ((10, 20), (20, 30), (30, 40), (40, 50), (50, 60))
    lopsided = classes([*range(1, 20), 1000])
    assert not lopsided.equal
    assert max(lopsided.counts) - min(lopsided.counts) <= 1
    assert classes([None, None]).bounds == ()


def test_a_choropleth_fills_boundaries_by_class_and_hatches_what_is_not_known() -> None:
    figure = maps.choropleth(VALUES, title="Score", unit="points", shapes=SHAPES)
    filled = [each for each in figure.axes[0].collections if isinstance(each, PathCollection)][1:]
    assert [to_hex(each.get_facecolor()[0]) for each in filled] == [
        maps.SHADES[0],
        maps.SHADES[2],
        maps.SHADES[4],
        maps.UNKNOWN,
    ]
    assert [each.get_hatch() for each in filled] == [None, None, None, "////"]
    told = words(figure)
    assert "not known (1)" in told
    assert "10 to 20 (1)" in told
    assert "Drawn: boundaries" in told


def test_without_boundaries_circles_say_that_they_are() -> None:
    told = words(maps.choropleth(VALUES, title="Score", unit="points", places=PLACES))
    assert "circles, since no boundary of these cities is at hand" in told
    some = {"Alder": SHAPES["Alder"]}
    told = words(maps.choropleth(VALUES, title="S", unit="points", shapes=some, places=PLACES.drop(index="Dune")))
    assert "1 as boundaries, 2 as circles; 1 without a place left out" in told
    with pytest.raises(BadInput, match="no boundary and no place"):
        maps.choropleth(VALUES, title="S", unit="points")


def test_boundaries_are_read_by_any_name_and_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    square = {"type": "Polygon", "coordinates": [[[5, 52], [6, 52], [6, 53], [5, 53], [5, 52]]]}
    features = [{"type": "Feature", "properties": {"id": "NL-ALD", "name": "Alder"}, "geometry": square}]
    file = tmp_path / "shapes.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    found = maps.read_shapes(file)
    assert set(found) == {"NL-ALD", "Alder"}
    assert found["Alder"].area == 1
    for text in ("no json", "[]", '{"type": "FeatureCollection", "features": []}'):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(BadInput, match="--shapes"):
            maps.read_shapes(file)
