"""What certification takes off: the CDM's and ART's forms, and the long-term average under harvest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.measure import Estimate
from carbonpolis.measure.deduction import (
    art_trees_factor,
    creditable,
    discount_share,
    discounted,
    half_width_percent,
    long_term_average,
    whole_cycles,
)


def test_the_example_of_ar_tool14_appendix_2():
    """60 +- 9 t d.m./ha: U = 15 %, a quarter of 9 is taken off: 57.75 in the project, 62.25 in a baseline (as
    remembered)."""
    assert discounted(60.0, 9.0) == pytest.approx(57.75)
    assert discounted(60.0, 9.0, baseline=True) == pytest.approx(62.25)


@pytest.mark.parametrize(
    ("percent", "share"), [(0, 0), (10, 0), (10.01, 0.25), (15, 0.25), (20, 0.5), (30, 0.75), (30.1, 1), (500, 1)]
)
def test_steps_of_ar_tool14(percent: float, share: float):
    assert discount_share(percent) == share


@given(st.floats(1, 1e6), st.floats(0, 3))
def test_less_certain_is_never_credited_more(mean: float, relative: float):
    assert discounted(mean, mean * relative * 1.1) <= discounted(mean, mean * relative) <= mean


def test_art_trees_takes_a_third_of_the_half_width():
    """ART TREES 2.0: 0.524417 x HW / 1.645006; 20 % gives 6.38 %."""
    assert art_trees_factor(20.0) == pytest.approx(0.0638, abs=5e-5)
    assert art_trees_factor(0.0) == 0.0


def test_u_of_the_vcs_example():
    """VCS Methodology Requirements v4.4 s. 2.4: 100,000 t with a standard error of 20,000 t: U = 32.9 %."""
    assert half_width_percent(Estimate(100_000.0, 20_000.0, "t")) == pytest.approx(32.9, abs=0.05)


def test_the_average_runs_over_whole_harvest_cycles():
    """VCS Standard v4.7 s. 3.2.28 to 3.2.30: a period of 40 years and cycles of 12 make 48 years."""
    assert whole_cycles(40, 12) == 48
    assert whole_cycles(36, 12) == 36


def test_a_plantation_that_is_felled_is_credited_up_to_its_average():
    """Growth of 10 t a year, felled every fourth year: stocks 10, 20, 30, 0; the average is 15 t above bare land."""
    stock = np.tile([10.0, 20.0, 30.0, 0.0], 12)
    average = long_term_average(stock, np.zeros(48))
    assert average == pytest.approx(15.0)
    credits = creditable(stock, average)
    assert credits[:4] == pytest.approx([10, 5, 0, 0])
    assert credits.sum() == pytest.approx(15.0)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=40))
def test_credits_are_never_taken_back_nor_above_the_average(benefit: list[float]):
    average = long_term_average(benefit, np.zeros(len(benefit)))
    credits = creditable(benefit, average)
    assert np.all(credits >= 0)
    assert credits.sum() <= max(average, 0.0) + 1e-6


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"expected a mean above 0"):
        discounted(0.0, 1.0)
    with pytest.raises(ValueError, match=r"-1 %"):
        discount_share(-1)
    with pytest.raises(ValueError, match=r"-2"):
        art_trees_factor(-2.0)
    with pytest.raises(ValueError, match=r"1 or more"):
        whole_cycles(0, 12)
    with pytest.raises(ValueError, match=r"one finite figure a year"):
        long_term_average([1.0, float("nan")], [0.0, 0.0])
