"""Footprints by input-output, against the two-sector example of Miller & Blair 2009, section 2.3."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonpolis.measure import emissions

FLOWS = np.array([[150.0, 500.0], [200.0, 100.0]])
OUTPUT = np.array([1000.0, 2000.0])
A = FLOWS / OUTPUT


def test_miller_and_blair_two_sectors() -> None:
    # Their requirements: [[1.2541, 0.3300], [0.2640, 1.1221]]; a new demand of 600 and 1500 asks for 1247.5 and 1841.6.
    assert emissions.leontief(A, np.eye(2), np.eye(2)) == pytest.approx(
        np.array([[1.2541, 0.3300], [0.2640, 1.1221]]), abs=5e-5
    )
    new = emissions.leontief(A, [600.0, 1500.0], np.eye(2))
    assert new == pytest.approx([1247.5, 1841.6], abs=0.05)  # one demand: one number an impact


def test_footprint_of_todays_demand_is_todays_emissions() -> None:
    demand = OUTPUT - FLOWS.sum(axis=1)
    assert demand == pytest.approx([350.0, 1700.0])
    assert emissions.leontief(A, demand, [0.5, 0.2]) == pytest.approx([0.5 * 1000 + 0.2 * 2000])


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e4), min_size=2, max_size=2), st.lists(st.floats(0, 1e4), min_size=2, max_size=2))
def test_footprints_of_demands_add_up(one: list[float], other: list[float]) -> None:
    apart = emissions.leontief(A, np.column_stack([one, other]), [[0.5, 0.2], [1.0, 0.0]])
    together = emissions.leontief(A, np.add(one, other), [[0.5, 0.2], [1.0, 0.0]])
    assert apart.shape == (2, 2)
    assert together.shape == (2,)
    assert apart.sum(axis=1) == pytest.approx(together)


@pytest.mark.parametrize(
    ("a", "y", "s", "told"),
    [
        (np.ones((2, 3)), np.ones(2), np.ones(2), r"A is \(2, 3\)"),
        (A, np.ones(3), np.ones(2), r"Y \(3, 1\)"),
        (A, np.ones(2), np.ones((1, 3)), r"S \(1, 3\)"),
        (A, np.array([np.nan, 1.0]), np.ones(2), "Y holds a value that is no number"),
        (np.eye(2), np.ones(2), np.ones(2), "singular"),
        (np.array([[0.9, 0.8], [0.8, 0.9]]), np.ones(2), np.ones(2), "isn't productive"),
    ],
)
def test_what_does_not_fit_is_named(a: np.ndarray, y: np.ndarray, s: np.ndarray, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        emissions.leontief(a, y, s)
