"""What a policy changed: estimates against known truths, and the packaged case of Nanticoke."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.evaluate import impact

YEARS = range(2000, 2020)
START = 2012


def panel(effect: float, donors: int = 12, noise: float = 0.2, seed: int = 3) -> pd.DataFrame:
    """Donors of two common factors; the treated one is 0.5 of d0, 0.3 of d1, 0.2 of d2, plus `effect` from START on."""
    generator = np.random.default_rng(seed)
    factors = generator.normal(size=(2, len(YEARS))).cumsum(axis=1)
    clean = 50 + 4 * generator.uniform(0.5, 1.5, size=(donors, 2)) @ factors
    treated = 0.5 * clean[0] + 0.3 * clean[1] + 0.2 * clean[2] + effect * (np.array(YEARS) >= START)
    table = np.vstack([treated, clean]) + generator.normal(scale=noise, size=(donors + 1, len(YEARS)))
    names = ["city", *(f"d{number}" for number in range(donors))]
    return (
        pd.DataFrame(table, index=names, columns=list(YEARS))
        .stack()
        .rename_axis(["unit", "year"])
        .reset_index(name="y")
    )


def test_synthetic_control_finds_a_known_effect() -> None:
    found = impact.synthetic_control(panel(-8), "unit", "year", "y", "city", START)
    low, high = found.interval(0.9)
    assert found.att == pytest.approx(-8, abs=0.5)
    assert low < -8 < high < 0
    assert found.p_value == pytest.approx(1 / 13)
    assert found.pre_fit_rmse < 0.4
    assert sum(found.weights.values()) == pytest.approx(1)
    assert len(found.placebos) == 12


def test_synthetic_control_finds_no_effect_where_there_is_none() -> None:
    found = impact.synthetic_control(panel(0), "unit", "year", "y", "city", START)
    low, high = found.interval(0.9)
    assert low < 0 < high
    assert found.p_value > 0.1


def test_donors_that_make_up_the_treated_are_found() -> None:
    found = impact.synthetic_control(panel(-8, donors=3, noise=0), "unit", "year", "y", "city", START)
    assert found.att == pytest.approx(-8, abs=1e-6)
    assert [found.weights[name] for name in ("d0", "d1", "d2")] == pytest.approx([0.5, 0.3, 0.2], abs=1e-6)


def test_path_tells_actual_counterfactual_and_effect() -> None:
    path = impact.synthetic_control(panel(-8), "unit", "year", "y", "city", START).path
    assert path.columns.tolist() == ["time", "actual", "counterfactual", "effect", "lower", "upper"]
    assert (path["actual"] - path["counterfactual"]).tolist() == pytest.approx(path["effect"].tolist())
    assert path.loc[path["time"] < START, ["lower", "upper"]].isna().all(axis=None)
    assert (path["lower"] <= path["upper"])[path["time"] >= START].all()


def test_predictors_are_matched_too() -> None:
    frame = panel(-8).assign(size=lambda each: each["unit"].map(lambda name: 3.0 if name in ("city", "d5") else 1.0))
    plain = impact.synthetic_control(frame, "unit", "year", "y", "city", START)
    matched = impact.synthetic_control(frame, "unit", "year", "y", "city", START, predictors=["size"])
    assert matched.weights["d5"] > plain.weights["d5"]


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 10_000))
def test_simplex_weights_are_feasible_and_optimal(donors: int, times: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    matrix, target = generator.normal(size=(times, donors)), generator.normal(size=times)
    weights = impact.simplex_least_squares(matrix, target)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)
    # Karush-Kuhn-Tucker: no donor has a steeper descent than those in use.
    slope = matrix.T @ (matrix @ weights - target)
    assert slope.min() >= weights @ slope - 1e-5 * max(1.0, float(np.abs(slope).max()))


def test_interrupted_series_by_construction() -> None:
    # 100 + 2 t before; from the tenth month on 15 lower and 1 a month flatter.
    t = np.arange(20.0)
    after = t >= 10
    found = impact.interrupted(pd.Series(100 + 2 * t - after * (15 + (t - 10))), 10)
    assert found.att == pytest.approx(-(15 + 4.5))
    assert found.path["effect"].tolist() == pytest.approx(np.where(after, -5 - t, 0).tolist(), abs=1e-8)
    assert found.pre_fit_rmse == pytest.approx(0, abs=1e-8)


def test_interrupted_series_sees_through_the_seasons() -> None:
    months = pd.period_range("2015-01", periods=72, freq="M")
    t = np.arange(72)
    noise = np.random.default_rng(1).normal(size=72)
    series = pd.Series(200 + 30 * np.sin(2 * np.pi * t / 12) - 20.0 * (t >= 36) + noise, index=months)
    found = impact.interrupted(series, pd.Period("2018-01", "M"), season=12)
    low, high = found.interval(0.95)
    assert found.att == pytest.approx(-20, abs=2)
    assert low < -20 < high
    assert found.p_value < 0.001


def test_interval_of_noise_holds_zero_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        low, high = impact.interrupted(pd.Series(generator.normal(size=80)), 40).interval(0.95)
        held += low <= 0 <= high
    assert held >= 170  # Newey-West is known to be somewhat short in small samples


def test_effect_in_words_and_as_a_picture(tmp_path: Path) -> None:
    found = impact.synthetic_control(panel(-8), "unit", "year", "y", "city", START)
    assert "synthetic control" in found.summary()
    assert str(START) in found.summary()
    svg = found.plot(tmp_path / "effect.svg")
    assert ElementTree.fromstring((tmp_path / "effect.svg").read_text(encoding="utf-8")).tag.endswith("svg")
    assert svg.count("<polyline") == 2


def test_nanticoke_emits_far_less_than_coal_places_elsewhere() -> None:
    effect, case = impact.policy_example()
    assert case.start == 2009
    assert effect.path["time"].tolist() == list(range(2004, 2021))
    assert -90 < effect.att < -80
    assert 0.5 < effect.pre_fit_rmse < 4  # points of an index of 100: close, and not exact
    assert effect.att < effect.placebos.min()
    assert effect.p_value == pytest.approx(4 / 14)
    assert "Open Government Licence" in case.source


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: impact.synthetic_control(panel(0), "unit", "year", "z", "city", START), "no column 'z'"),
        (lambda: impact.synthetic_control(panel(0), "unit", "year", "y", "town", START), "no unit 'town'"),
        (lambda: impact.synthetic_control(panel(0), "unit", "year", "y", "city", 2001), "1 times before 2001"),
        (lambda: impact.synthetic_control(panel(0), "unit", "year", "y", "city", 2040), "0 after"),
        (lambda: impact.synthetic_control(panel(0).iloc[:-1], "unit", "year", "y", "city", START), "d11 has no y"),
        (
            lambda: impact.synthetic_control(panel(0).query("unit == 'city'"), "unit", "year", "y", "city", START),
            "donor",
        ),
        (lambda: impact.interrupted(pd.Series([1.0, 2.0, np.nan, 4.0]), 2), "no value"),
        (lambda: impact.interrupted(pd.Series(np.arange(10.0)), 2), "2 times before 2"),
        (lambda: impact.policy_example()[0].interval(1.5), "a level"),
    ],
)
def test_misuse_of_impact_is_told(call: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()  # type: ignore[operator]
