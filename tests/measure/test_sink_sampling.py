"""Plots: stratified means with their error, and how many of them a precision takes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.measure import sinks


def test_a_stratified_mean_by_hand():
    """Strata of 60 and 40 ha; plots 100, 120, 140 and 40, 60: b = 0.6 x 120 + 0.4 x 50 = 92; variance 0.36 x 400/3 +
    0.16 x 200/2 = 64; three degrees of freedom, t at 90 % 2.3534."""
    mean = sinks.stratified_mean([[100, 120, 140], [40, 60]], [60, 40])
    assert mean.mean == pytest.approx(92.0)
    assert mean.standard_error == pytest.approx(8.0)
    assert mean.dof == 3
    assert mean.half_width(0.90) == pytest.approx(2.35336 * 8.0, rel=1e-5)
    assert mean.uncertainty(0.90) == pytest.approx(2.35336 * 8.0 / 92.0, rel=1e-5)
    assert (mean.total.mean, mean.total.sd, mean.total.unit) == (pytest.approx(9200.0), pytest.approx(800.0), "t d.m.")


def test_measuring_all_the_land_leaves_no_sampling_error():
    assert sinks.stratified_mean([[1.0, 3.0]], [0.2], plot_ha=0.1).standard_error == 0.0


def test_the_number_of_plots_by_hand():
    """AR-AM-TOOL-03: 300 ha in strata of 100 and 200 ha, sd 40 and 25 t/ha, margin 6 t/ha at 90 %, plots of 0.05 ha.

    N = 6000, t = 1.6449, sum w s = 30, sum w s^2 = 950: n = 6000 x 2.7055 x 900 / (6000 x 36 + 2.7055 x 950) = 66.8; by
    the short formula (1.6449 / 6 x 30)^2 = 67.6. Shares 40/3 : 50/3 of 30.
    """
    exact = sinks.plots_needed([100, 200], [40, 25], 6.0, plot_ha=0.05)
    short = sinks.plots_needed([100, 200], [40, 25], 6.0)
    n = 6000 * 1.644854**2 * 900 / (6000 * 36 + 1.644854**2 * 950)
    assert n == pytest.approx(66.84, abs=0.01)
    assert exact.tolist() == [int(np.ceil(n * 4 / 9)), int(np.ceil(n * 5 / 9))]
    assert short.tolist() == [int(np.ceil(67.64 * 4 / 9)), int(np.ceil(67.64 * 5 / 9))]


@given(st.lists(st.tuples(st.floats(1, 1e4), st.floats(0, 100)), min_size=1, max_size=5), st.floats(0.5, 50))
def test_a_finer_margin_never_takes_fewer_plots(strata: list[tuple[float, float]], margin: float):
    areas, sds = zip(*strata, strict=True)
    coarse, fine = (sinks.plots_needed(areas, sds, m, plot_ha=0.01) for m in (margin, margin / 2))
    assert np.all(fine >= coarse) and np.all(coarse >= 2)


def test_planned_plots_reach_the_margin():
    """Oracle by simulation: strata sampled as planned, 2,000 times; 90 % of the means lie within the margin."""
    areas, means, sds, margin = np.array([100.0, 200.0]), (120.0, 60.0), (40.0, 25.0), 6.0
    plots = sinks.plots_needed(areas, sds, margin)
    rng = np.random.default_rng(5)
    drawn = sum(
        w * rng.normal(m, s, (2000, n)).mean(axis=1) for w, m, s, n in zip(areas / 300, means, sds, plots, strict=True)
    )
    within = np.mean(np.abs(drawn - (120 + 2 * 60) / 3) <= margin)
    assert within == pytest.approx(0.90, abs=0.02)


def test_what_cannot_be_sampled_is_refused():
    with pytest.raises(ValueError, match=r"stratum 2: 1 plot; expected 2 or more"):
        sinks.stratified_mean([[1, 2], [3]], [1, 1])
    with pytest.raises(ValueError, match=r"stratum 1: plots is nan at position 1"):
        sinks.stratified_mean([[1, float("nan")]], [1])
    with pytest.raises(ValueError, match=r"plots of 1 strata and 2 areas"):
        sinks.stratified_mean([[1, 2]], [1, 1])
    with pytest.raises(ValueError, match=r"margin is 0.0"):
        sinks.plots_needed([1], [1], 0.0)
    with pytest.raises(ValueError, match=r"expected as many of both"):
        sinks.plots_needed([1, 2], [1], 1.0)
