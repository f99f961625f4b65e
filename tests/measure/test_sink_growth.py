"""The growth curve, its fit with intervals, and yield tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.measure import sinks

TRUE = (320.0, 0.06, 2.1)  # m3/ha, 1/year, shape
AGES = np.repeat([5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 80.0], 4)


def measured(seed: int, sd: float = 12.0) -> np.ndarray:
    return sinks.chapman_richards(AGES, *TRUE) + np.random.default_rng(seed).normal(0.0, sd, len(AGES)).clip(-20, 20)


def test_a_stand_grows_to_its_asymptote():
    assert sinks.chapman_richards(0, 300, 0.05, 1.5) == 0.0
    assert sinks.chapman_richards(20, 300, 0.05, 1.5) == pytest.approx(300 * (1 - np.exp(-1)) ** 1.5)
    assert sinks.chapman_richards(1000, 300, 0.05, 1.5) == pytest.approx(300)


@given(st.floats(1, 1000), st.floats(0.001, 1), st.floats(0.5, 4))
def test_a_stand_never_shrinks_nor_passes_its_asymptote(a: float, k: float, p: float):
    volumes = sinks.chapman_richards(np.arange(0, 200, 5), a, k, p)
    assert np.all(np.diff(volumes) >= -1e-9) and np.all(volumes <= a * (1 + 1e-12))


@pytest.mark.parametrize(("age", "k", "p"), [(-1, 0.1, 1), (float("nan"), 0.1, 1), (5, 0, 1), (5, 0.1, 0)])
def test_a_stand_that_cannot_be_is_refused(age: float, k: float, p: float):
    with pytest.raises(ValueError):
        sinks.chapman_richards(age, 100, k, p)


def test_a_fit_to_exact_measurements_gives_the_curve_back():
    fit = sinks.fit_chapman_richards(AGES, sinks.chapman_richards(AGES, *TRUE), "m3/ha")
    assert fit.parameters == pytest.approx(TRUE, rel=1e-4)
    assert fit.residual_sd < 1e-3 and fit.dof == len(AGES) - 3
    assert fit.a.unit == "m3/ha" and fit.k.unit == "1/year"


def test_intervals_hold_the_truth_as_often_as_they_say():
    """200 samples of 32 plots: the 90 % interval at year 25 holds the true volume in 90 % of them, +- 3 sd."""
    truth = sinks.chapman_richards(25.0, *TRUE)
    inside = 0
    for seed in range(200):
        values = np.maximum(measured(seed), 0.1)
        low, high = sinks.fit_chapman_richards(AGES, values, "m3/ha").interval(25.0, 0.90)
        inside += bool(low <= truth <= high)
    assert abs(inside - 180) <= 3 * np.sqrt(200 * 0.9 * 0.1)


def test_growth_is_known_better_than_its_two_ends():
    """The curve's ends err together; their difference must not add their errors up."""
    fit = sinks.fit_chapman_richards(AGES, np.maximum(measured(1), 0.1), "m3/ha")
    gain = fit.growth(60.0, 61.0)
    assert gain.mean == pytest.approx(fit.at(61.0).mean - fit.at(60.0).mean)
    assert gain.sd < 0.3 * np.hypot(fit.at(60.0).sd, fit.at(61.0).sd)
    stand, curve = fit.interval(20.0, stand=True), fit.interval(20.0)
    assert stand[0] < curve[0] < curve[1] < stand[1]
    assert fit.at(0.0).mean == 0.0 and fit.at(0.0).sd == 0.0


def test_the_slopes_of_the_curve_are_those_of_small_steps():
    """The gradient that carries the errors, against differences."""
    fit = sinks.fit_chapman_richards(AGES, np.maximum(measured(2), 0.1), "m3/ha")
    for which in range(3):
        step = np.zeros(3)
        step[which] = 1e-6 * fit.parameters[which]
        up, down = (sinks.chapman_richards(17.0, *(fit.parameters + s)) for s in (step, -step))
        assert fit._gradient(17.0)[which] == pytest.approx((up - down) / (2 * step[which]), rel=1e-5)


def test_known_errors_of_plots_set_the_size_of_the_interval():
    values = np.maximum(measured(3), 0.1)
    narrow, wide = (sinks.fit_chapman_richards(AGES, values, "m3/ha", sd=sd).at(20.0).sd for sd in (5.0, 10.0))
    assert wide == pytest.approx(2 * narrow, rel=0.01)


def test_plots_that_cannot_tell_the_curve_are_refused():
    with pytest.raises(ValueError, match=r"4 plots of 2 ages; expected 5 or more plots of 3 or more ages"):
        sinks.fit_chapman_richards([5, 5, 10, 10], [1, 2, 3, 4], "m3/ha")
    with pytest.raises(ValueError, match=r"age is -1.0 at position 0"):
        sinks.fit_chapman_richards([-1, 2, 3, 4, 5], [1, 2, 3, 4, 5], "m3/ha")
    with pytest.raises(ValueError, match=r"one age a measurement"):
        sinks.fit_chapman_richards([1, 2, 3, 4, 5], [1, 2, 3], "m3/ha")
    with pytest.raises(ValueError, match=r"don't tell the asymptote"):
        ages = np.arange(1.0, 9.0)
        sinks.fit_chapman_richards(ages, 0.01 * ages**3 + np.tile([0.0, 0.02], 4), "m3/ha")


def test_a_yield_table_is_read_between_its_lines_and_not_past_its_end():
    table = sinks.YieldTable((10.0, 20.0, 40.0), (30.0, 90.0, 210.0), "m3/ha")
    assert table.at([0, 5, 10, 15, 40]) == pytest.approx([0, 15, 30, 60, 210])
    assert table.growth(19.0, 20.0) == pytest.approx(6.0)
    with pytest.raises(ValueError, match=r"age is 41.0; expected 0 to 40 years"):
        table.at(41.0)
    with pytest.raises(ValueError, match=r"expected rising"):
        sinks.YieldTable((10.0, 5.0), (1.0, 2.0), "m3/ha")
