"""Estimates: worked figures of error propagation, and the laws that their arithmetic keeps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracles import propagation as oracle

from carbonpolis.measure import Estimate, total
from carbonpolis.measure.estimate import from_range

sizes = st.floats(-1e6, 1e6)
spreads = st.floats(0, 1e5)
estimates = st.builds(Estimate, sizes, spreads, st.just("t"))


def test_a_sum_adds_variances_ipcc_2006_vol_1_eq_3_2():
    both = Estimate(100.0, 3.0, "t") + Estimate(50.0, 4.0, "t")
    assert (both.mean, both.sd, both.unit) == (150.0, 5.0, "t")


def test_a_product_adds_relative_variances_ipcc_2006_vol_1_eq_3_1():
    activity = Estimate(200.0, 200.0 * 0.03, "MWh")
    factor = Estimate(0.5, 0.5 * 0.04, "t/MWh")
    assert (activity * factor).relative_sd == pytest.approx(0.05)
    assert (activity * factor).unit == "MWh t/MWh"


def test_the_vcs_example_of_a_standard_error_of_20_percent():
    """VCS Methodology Requirements v4.4 s. 2.4: 100,000 t, standard error 20,000 t, half-width 32.9 % at 90 %."""
    assert Estimate(100_000.0, 20_000.0, "t").relative_uncertainty(0.90) == pytest.approx(0.329, abs=0.0005)


def test_bounds_of_a_normal_quantity():
    low, high = Estimate(100.0, 10.0, "t").interval(0.95)
    assert (low, high) == pytest.approx((80.40, 119.60), abs=0.005)
    assert Estimate(100.0, 10.0, "t").lower(0.90) == pytest.approx(87.18, abs=0.005)


def test_a_published_range_is_read_as_its_95_percent():
    read = from_range(0.5, 8.0, "t d.m./ha/year", mean=4.0)
    assert read.mean == 4.0
    assert read.sd == pytest.approx(7.5 / (2 * 1.959964), rel=1e-6)


def test_propagation_agrees_with_drawing_where_errors_are_small():
    growth, roots, carbon = (4.0, 0.2), (1.23, 0.05), (0.47, 0.012)
    mean, sd = oracle.spread(lambda g, r, c: g * r * c, growth, roots, carbon)
    product = Estimate(*growth, "") * Estimate(*roots, "") * Estimate(*carbon, "")
    assert product.mean == pytest.approx(mean, rel=0.001)
    assert product.sd == pytest.approx(sd, rel=0.01)


@given(estimates, estimates)
def test_order_does_not_matter(one: Estimate, other: Estimate):
    assert (one + other).mean == (other + one).mean
    assert (one + other).sd == (other + one).sd
    assert (one * other).mean == (other * one).mean
    assert (one * other).sd == pytest.approx((other * one).sd)


@given(estimates, estimates)
def test_a_difference_is_as_uncertain_as_the_sum(one: Estimate, other: Estimate):
    assert (one - other).sd == (one + other).sd
    assert (one - other).mean == pytest.approx((one + (-other)).mean)


@given(estimates, st.floats(-1e3, 1e3))
def test_scaling_leaves_the_sd_positive_and_the_relative_sd_alone(one: Estimate, by: float):
    scaled = by * one
    assert scaled.sd >= 0
    assert scaled.sd == pytest.approx(abs(by) * one.sd)
    assert scaled.mean == one.mean * by


@given(st.lists(estimates, max_size=8))
def test_a_total_is_what_adding_one_by_one_gives(some: list[Estimate]):
    whole = total(some, "t")
    assert whole.mean == pytest.approx(math.fsum(each.mean for each in some), abs=1e-6)
    assert whole.sd == pytest.approx(math.sqrt(math.fsum(each.sd**2 for each in some)), rel=1e-9, abs=1e-9)
    if some:
        assert sum(some[1:], some[0]).mean == pytest.approx(whole.mean, abs=1e-6)
        assert sum(some).unit == "t"


@given(estimates, st.floats(0.5, 0.999))
def test_the_lower_bound_lies_below_the_mean_and_inside_the_two_sided_interval(one: Estimate, level: float):
    assert one.interval(level)[0] <= one.lower(level) + 1e-6 <= one.mean + 2e-6


def test_arrays_stay_one_estimate():
    areas = np.array([1.0, 2.0, 3.0])
    for product in (areas * Estimate(2.0, 0.5, "t/ha"), Estimate(2.0, 0.5, "t/ha") * areas):
        assert product.mean.tolist() == [2.0, 4.0, 6.0]
        assert product.sd.tolist() == [0.5, 1.0, 1.5]
    assert (np.float64(2.0) * Estimate(2.0, 0.5, "t")).mean == 4.0


def test_units_that_differ_are_named():
    with pytest.raises(ValueError, match=r"'t'.*'kg'"):
        Estimate(1.0, 0.1, "t") + Estimate(1.0, 0.1, "kg")
    with pytest.raises(ValueError, match=r"'t'.*'kg'"):
        Estimate(1.0, 0.1, "t") - Estimate(1.0, 0.1, "kg")
    with pytest.raises(ValueError, match=r"'t'.*'kg'"):
        total([Estimate(1.0, 0.1, "kg")], "t")


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="below 0"):
        Estimate(1.0, -0.1, "t")
    with pytest.raises(TypeError, match="no unit"):
        Estimate(1.0, 0.1, "t") + 1.0  # type: ignore[operator]
    with pytest.raises(TypeError, match="no unit"):
        1.0 + Estimate(1.0, 0.1, "t")
    with pytest.raises(ValueError, match="no probability"):
        Estimate(1.0, 0.1, "t").lower(90)
    with pytest.raises(ValueError, match="upside down"):
        from_range(2.0, 1.0, "t")
    with pytest.raises(ValueError, match="give unit="):
        total([])


def test_nothing_sums_to_nothing_of_the_unit():
    assert total([], "t") == Estimate(0.0, 0.0, "t")
