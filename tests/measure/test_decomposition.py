"""Why emissions changed: exact, without residual, also where groups appear and vanish."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonpolis.measure import kaya, lmdi
from carbonpolis.measure.decomposition import log_mean


def test_log_mean_lies_between_the_geometric_and_the_arithmetic() -> None:
    assert float(log_mean(1.0, np.e)) == pytest.approx(np.e - 1)
    assert float(log_mean(5.0, 5.0)) == 5.0
    assert float(log_mean(0.0, 7.0)) == 0.0
    assert float(log_mean(1.0, 1.0 + 1e-12)) == pytest.approx(1.0)


def test_two_factors_by_hand() -> None:
    # 10 x 2 = 20 becomes 20 x 3 = 60: L(60, 20) = 40 / ln 3; effects L ln 2 and L ln 1.5, which sum to 40.
    effects = lmdi({"activity": 10.0, "intensity": 2.0}, {"activity": 20.0, "intensity": 3.0})
    mean = 40 / np.log(3)
    assert effects == pytest.approx({"activity": mean * np.log(2), "intensity": mean * np.log(1.5)})


def test_ang_2005_two_sectors() -> None:
    """Ang 2005, Energy Policy 33:867-871: activity, structure and intensity explain the whole change."""
    before = {"activity": 100.0, "structure": np.array([0.5, 0.5]), "intensity": np.array([0.6, 0.4])}
    after = {"activity": 140.0, "structure": np.array([4 / 7, 3 / 7]), "intensity": np.array([0.7, 0.3])}
    effects = lmdi(before, after)
    start = (before["activity"] * before["structure"] * before["intensity"]).sum()
    end = (after["activity"] * after["structure"] * after["intensity"]).sum()
    assert sum(effects.values()) == pytest.approx(end - start)
    sector = [(56.0, 30.0), (18.0, 20.0)]
    weights = np.array([(b - a) / np.log(b / a) for b, a in sector])
    assert effects["activity"] == pytest.approx(float((weights * np.log(1.4)).sum()))


def test_a_fuel_that_vanishes_puts_its_change_to_its_own_factor() -> None:
    before = {"energy": 100.0, "mix": np.array([0.4, 0.6]), "carbon": np.array([90.0, 50.0])}
    after = {"energy": 100.0, "mix": np.array([0.0, 1.0]), "carbon": np.array([90.0, 50.0])}
    effects = lmdi(before, after)
    assert effects["energy"] == 0
    assert effects["carbon"] == 0
    assert effects["mix"] == pytest.approx(5000.0 - 6600.0)


values = st.lists(st.one_of(st.just(0.0), st.floats(1e-3, 1e6)), min_size=3, max_size=3)


@settings(deadline=None)
@given(values, values, values, values)
def test_the_effects_sum_to_the_change_exactly(a: list[float], b: list[float], c: list[float], d: list[float]) -> None:
    effects = lmdi({"one": a, "other": b}, {"one": c, "other": d})
    start, end = np.multiply(a, b).sum(), np.multiply(c, d).sum()
    assert sum(effects.values()) == pytest.approx(end - start, rel=1e-9, abs=1e-9 * max(start, end, 1.0))


def test_kaya_multiplies_to_the_emissions_and_lmdi_explains_them() -> None:
    first = kaya(1e6, 3e10, 5e7, 4e6)
    last = kaya(1.1e6, 4e10, 5.2e7, 3.6e6)
    assert np.prod(list(first.values())) == pytest.approx(4e6)
    effects = lmdi(first, last)
    assert list(effects) == ["population", "gdp_per_head", "energy_per_gdp", "emissions_per_energy"]
    assert sum(effects.values()) == pytest.approx(-4e5)
    assert effects["population"] > 0 > effects["energy_per_gdp"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [({"a": 1.0}, {"b": 1.0}, "expected the same"), ({"a": -1.0}, {"a": 1.0}, "'a'"), ({}, {}, "one or more")],
)
def test_what_does_not_do_is_named(before: dict[str, float], after: dict[str, float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        lmdi(before, after)
    with pytest.raises(ValueError, match="gdp"):
        kaya(1.0, 0.0, 1.0, 1.0)
