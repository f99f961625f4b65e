"""Pictures are drawn from any frame, say what they show, and leave no missing value a zero."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from carbonpolis.errors import BadInput
from carbonpolis.report.documents import pictures

CITIES = [f"city {k}" for k in range(60)]
VALUES = pd.Series(np.linspace(1, 9, 60), CITIES)


def words(figure: object) -> set[str]:
    return {text.get_text() for text in figure.findobj(Text)}  # type: ignore[attr-defined]


def test_a_long_ranking_shows_both_ends_and_how_many_it_leaves_out() -> None:
    shown = words(pictures.ranking(VALUES, VALUES - 1, VALUES + 1, title="Ranking", unit="t"))
    assert {"city 0", "city 59", "… 20 more cities …", "t"} <= shown
    assert "city 30" not in shown


def test_what_is_missing_is_left_out_of_a_ranking() -> None:
    shown = words(pictures.ranking(pd.Series({"a": 1.0, "b": np.nan}), title="Ranking", unit="t"))
    assert "a" in shown
    assert "b" not in shown


def test_a_radar_needs_three_spokes_and_takes_holes() -> None:
    levels = pd.DataFrame({"S1": [50, 60], "S2": [10, np.nan], "S3": [90, 20]}, index=["a", "b"])
    assert {"S1", "S2", "S3", "a", "b"} <= words(pictures.radar(levels, title="Radar"))
    with pytest.raises(ValueError, match="at least 3"):
        pictures.radar(levels[["S1", "S2"]], title="Radar")


def test_every_kind_is_a_png(tmp_path: Path) -> None:
    parents = {"S": "", "S1": "S", "a": "S1", "b": "S1", "c": "S"}
    weights = {"S1": 2.0, "a": 1.0, "b": 1.0, "c": 1.0}
    series = pd.DataFrame(np.random.default_rng(0).random((5, 9)), CITIES[:5], range(2010, 2019))
    figures = [
        pictures.ranking(VALUES[:3], title="R", unit="t", groups=pd.Series({"city 0": "g", "city 1": "h"})),
        pictures.dumbbell(VALUES, VALUES[::-1].set_axis(CITIES), title="D", unit="points", labels=("old", "new")),
        pictures.sunburst(parents, weights, title="F", values={"S": 50, "S1": 40, "a": np.nan, "b": 90, "c": 5}),
        pictures.heatmap(series.T.corr(), title="H"),
        pictures.small_multiples(series, title="M", unit="t", marks={"city 1": 2013}),
    ]
    for place, figure in enumerate(figures):
        path = tmp_path / f"{place}.png"
        pictures.save(figure, path)
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size > 5000
    with pytest.raises(BadInput, match="a file to write"):
        pictures.save(figures[0], tmp_path / "none" / "x.png")
    with pytest.raises(BadInput, match="a file to write"):
        pictures.save(figures[0], tmp_path / "x.docx")


def test_a_ranking_has_a_line_at_the_middle_of_all() -> None:
    assert " middle of all 60" in words(pictures.ranking(VALUES, title="R", unit="t", middle=(5.0, "middle of all 60")))
