"""Difference in differences: by hand, by construction, and where the two methods must part."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carbonpolis.evaluate import impact


def panel(table: dict[str, list[float]], starts: dict[str, float]) -> pd.DataFrame:
    rows = [(unit, time, y, starts.get(unit)) for unit, ys in table.items() for time, y in enumerate(ys)]
    return pd.DataFrame(rows, columns=["unit", "time", "y", "start"])


@pytest.mark.parametrize("method", ["callaway_santanna", "twfe"])
def test_card_and_krueger_1994(method: str) -> None:
    # Table 3: mean employment in New Jersey 20.44 before and 21.03 after, Pennsylvania 23.33 and 21.17: 2.76 (rounded).
    both = panel({"NJ": [20.44, 21.03], "PA": [23.33, 21.17]}, {"NJ": 1})
    found = impact.did(both, "unit", "time", "y", "start", method)
    assert found.att == pytest.approx(2.75, abs=1e-9)
    assert found.path["effect"].tolist() == pytest.approx([0, 2.75])


def staggered(noise: float, seed: int = 0, units: int = 60) -> pd.DataFrame:
    """A third from 4 on, a third from 8 on, a third never; the effect grows by 1 a time."""
    generator = np.random.default_rng(seed)
    starts = {f"u{i}": [4.0, 8.0, None][i % 3] for i in range(units)}
    time = np.arange(12)
    table = {
        name: (
            generator.normal(scale=3)
            + 0.5 * time
            + (0 if start is None else np.maximum(0, time - start + 1))
            + generator.normal(scale=noise, size=12)
        ).tolist()
        for name, start in starts.items()
    }
    return panel(table, {name: start for name, start in starts.items() if start is not None})


def test_growing_effects_that_begin_at_different_times() -> None:
    # Unit-times under the policy: 1..8 and 1..4, the same number of units: (36 + 10) / 12.
    found = impact.did(staggered(0), "unit", "time", "y", "start")
    assert found.att == pytest.approx(46 / 12)
    assert found.path["effect"].iloc[[3, 4, 8, 11]].tolist() == pytest.approx([0, 0.5, 3, 6])
    assert found.pre_fit_rmse == pytest.approx(0, abs=1e-9)
    assert impact.did(staggered(0), "unit", "time", "y", "start", "twfe").att < 46 / 12 - 0.3  # its known fault


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(100):
        low, high = impact.did(staggered(1, seed), "unit", "time", "y", "start").interval(0.95)
        held += low <= 46 / 12 <= high
    assert 87 <= held <= 100


@pytest.mark.parametrize(
    ("frame", "method", "told"),
    [
        (staggered(0), "magic", "choose from callaway_santanna, twfe"),
        (staggered(0).iloc[1:], "twfe", "u0 has no y at 0"),
        (staggered(0).dropna(subset="start"), "twfe", "0 of 40 units are never treated"),
        (panel({"a": [1, 2], "b": [1, 2]}, {"a": 0}), "twfe", "a is under the policy from the first time"),
        (staggered(0).assign(start=lambda each: each["time"]), "twfe", "more than one start"),
        (staggered(0).drop(columns="y"), "twfe", "no column 'y'"),
    ],
)
def test_misuse_of_did_is_told(frame: pd.DataFrame, method: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        impact.did(frame, "unit", "time", "y", "start", method)
