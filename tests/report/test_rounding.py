"""Estimates shown with the digits that their uncertainty supports."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.report.rounding import places, rounded, sd_of_interval, significant


@pytest.mark.parametrize(
    ("value", "sd", "shown", "shown_sd"),
    [
        (1_103_520.0, 55_177.0, "1,104,000", "55,000"),
        (733.412, 330.1, "730", "330"),
        (19_051.7, 2_681.5, "19,100", "2,700"),
        (0.01234, 0.00099, "0.01234", "0.00099"),
        # JCGM 100:2008, 7.2.2: a mass of 100.021 47 g with a standard uncertainty of 0.35 mg
        (100.02147, 0.00035, "100.02147", "0.00035"),
        (104.4, 9.96, "104", "10"),
        (-2_345.6, 120.0, "-2,350", "120"),
    ],
)
def test_two_digits_of_the_deviation_and_the_estimate_ends_where_they_do(value, sd, shown, shown_sd):
    at = places(sd)
    assert at is not None
    assert (rounded(value, at, most=6), rounded(sd, at, most=6)) == (shown, shown_sd)


def test_where_there_is_no_deviation_nothing_is_said():
    assert [places(sd) for sd in (None, 0.0, float("nan"), float("inf"))] == [None] * 4
    assert [significant(value) for value in (None, 0.0, float("nan"))] == [None] * 3


def test_an_interval_gives_its_deviation_back():
    assert sd_of_interval(100 - 1.959964 * 8, 100 + 1.959964 * 8) == pytest.approx(8)
    assert sd_of_interval(None, 3.0) is None


@given(st.floats(1e-5, 1e12), st.floats(1e-4, 1e12))
def test_what_rounding_moves_is_small_beside_the_deviation(value: float, sd: float):
    at = places(sd)
    assert at is not None
    moved = abs(float(rounded(value, at, most=9).replace(",", "")) - value)
    assert moved <= 0.051 * sd + 1e-9 * value
    assert math.isclose(float(rounded(sd, at, most=9).replace(",", "")), sd, rel_tol=0.051)
