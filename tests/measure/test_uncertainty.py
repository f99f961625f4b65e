"""Propagation and drawing: each against the other, and against what is known exactly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonpolis.measure.uncertainty import Variables, of_product, of_sum, propagate, simulate


def test_products_eq_3_1_and_sums_eq_3_2() -> None:
    # IPCC 2006 vol. 1 ch. 3: activity +-5 %, factor +-10 %: 11.2 %; 100 +- 10 % and 50 +- 20 %: root of 200 over 150.
    assert of_product(5.0, 10.0) == pytest.approx(11.18, abs=0.01)
    assert of_sum([10.0, 20.0], [100.0, 50.0]) == pytest.approx(100 * math.hypot(10, 10) / 150)
    with pytest.raises(ValueError, match="sum to 0"):
        of_sum([10.0, 10.0], [5.0, -5.0])


def test_what_is_shared_errs_together() -> None:
    apart = propagate([100.0, 100.0], [10.0, 10.0], "t")
    together = propagate([100.0, 100.0], [10.0, 10.0], "t", shared=[7, 7])
    own = propagate([100.0, 100.0], [10.0, 10.0], "t", shared=[-1, -1])
    half = propagate([100.0, 100.0], [10.0, 10.0], "t", correlation=[[1.0, 0.5], [0.5, 1.0]])
    assert apart.sd == own.sd == pytest.approx(math.sqrt(200))
    assert together.sd == pytest.approx(20.0)
    assert half.sd == pytest.approx(math.sqrt(300))


@pytest.mark.parametrize("shape", ["normal", "lognormal", "triangular"])
def test_every_distribution_keeps_its_mean_and_sd(shape: str) -> None:
    drawn = simulate(Variables(np.array([50.0]), np.array([8.0]), shape), draws=200_000, seed=1)  # type: ignore[arg-type]
    assert drawn.estimate.mean == pytest.approx(50.0, rel=0.003)
    assert drawn.estimate.sd == pytest.approx(8.0, rel=0.01)
    low, high = drawn.interval(0.95)
    if shape == "normal":
        assert (low, high) == pytest.approx((50 - 1.96 * 8, 50 + 1.96 * 8), rel=0.01)
    if shape == "lognormal":  # exp(mu -+ 1.96 sigma), sigma^2 = ln(1 + (8/50)^2)
        sigma = math.sqrt(math.log1p(0.16**2))
        mu = math.log(50) - sigma**2 / 2
        assert (low, high) == pytest.approx((math.exp(mu - 1.96 * sigma), math.exp(mu + 1.96 * sigma)), rel=0.01)
    if shape == "triangular":
        assert drawn.totals.min() >= 50 - 8 * math.sqrt(6) - 1e-4
        assert drawn.totals.max() <= 50 + 8 * math.sqrt(6) + 1e-4


def test_a_crooked_triangle() -> None:
    # from 0 over 2 to 10: mean 4, variance (0 + 4 + 100 - 0 - 20 - 0) / 18
    sd = math.sqrt(84 / 18)
    made = Variables(np.array([4.0]), np.array([sd]), "triangular", low=np.array([0.0]), high=np.array([10.0]))
    drawn = simulate(made, draws=200_000, seed=2)
    assert drawn.estimate.sd == pytest.approx(sd, rel=0.01)
    assert np.quantile(drawn.totals, 0.2) == pytest.approx(2.0, abs=0.05)  # a fifth lies below the peak
    with pytest.raises(ValueError, match="no triangle"):
        simulate(Variables(np.array([9.9]), np.array([1.0]), "triangular", low=np.array([0.0]), high=np.array([10.0])))


def test_both_approaches_agree_where_both_hold() -> None:
    """Lines that share factors, errors small enough for the linear approach: total, spread, and each line's part."""
    rng = np.random.default_rng(5)
    amount, factor = rng.uniform(10, 100, 40), rng.uniform(0.5, 2, 5)
    which = rng.integers(0, 5, 40)
    sd_amount, sd_factor = 0.05 * amount, 0.08 * factor
    lines = amount * factor[which]
    own, shared = sd_amount * factor[which], amount * sd_factor[which]
    variance = np.square(own).sum() + np.square(np.bincount(which, weights=shared)).sum()
    drawn = simulate(Variables(amount, sd_amount), Variables(factor, sd_factor), which, draws=60_000, seed=3)
    assert drawn.estimate.mean == pytest.approx(lines.sum(), rel=0.002)
    assert drawn.estimate.sd == pytest.approx(math.sqrt(variance), rel=0.02)
    share = (np.square(own) + shared * np.bincount(which, weights=shared)[which]) / variance
    assert drawn.share == pytest.approx(share, abs=0.006)
    assert drawn.share.sum() == pytest.approx(1.0, abs=1e-5)
    assert drawn.line_sd == pytest.approx(np.hypot(own, shared), rel=0.03)


@settings(max_examples=15, deadline=None)
@given(st.floats(-0.9, 0.9), st.integers(0, 1000))
def test_correlated_amounts(correlation: float, seed: int) -> None:
    mean, sd = np.array([100.0, 50.0]), np.array([10.0, 5.0])
    matrix = np.array([[1.0, correlation], [correlation, 1.0]])
    drawn = simulate(Variables(mean, sd, correlation=matrix), draws=20_000, seed=seed)
    assert drawn.estimate.sd == pytest.approx(propagate(mean, sd, "t", correlation=matrix).sd, rel=0.04)


def test_the_same_seed_gives_the_same_draws_and_mixed_shapes_stand_side_by_side() -> None:
    mean, sd = np.array([10.0, 20.0, 30.0, 40.0]), np.array([1.0, 2.0, 3.0, 0.0])
    made = Variables(mean, sd, ("normal", "lognormal", "triangular", "lognormal"))
    one, other = (simulate(made, draws=50_000, seed=9) for _ in range(2))
    assert (one.totals == other.totals).all()
    assert one.line_mean == pytest.approx(mean, rel=0.005)
    assert one.line_sd == pytest.approx(sd, rel=0.02, abs=1e-9)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Variables(np.array([1.0]), np.array([-1.0])), "below 0"),
        (lambda: Variables(np.array([1.0]), np.array([1.0, 2.0])), "one length"),
        (lambda: Variables(np.array([1.0]), np.array([1.0]), "square"), "no distribution 'square'"),  # type: ignore[arg-type]
        (lambda: Variables(np.array([0.0]), np.array([1.0]), "lognormal"), "mean of 0 or less"),
        (lambda: simulate(Variables(np.ones(2), np.ones(2)), draws=1), "a spread needs 2"),
        (lambda: simulate(Variables(np.ones(2), np.ones(2)), Variables(np.ones(1), np.ones(1)), [0, 1]), "factor_of"),
        (lambda: propagate([1.0, 1.0], [1.0, 1.0], "t", correlation=[[1.0, 2.0], [2.0, 1.0]]), "negative eigenvalue"),
        (lambda: propagate([1.0, 1.0], [1.0, 1.0], "t", correlation=[[1.0]]), "symmetric 2 x 2"),
    ],
)
def test_what_can_not_be_drawn_is_named(make: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()  # type: ignore[operator]
