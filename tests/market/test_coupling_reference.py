"""Coupling against HiGHS on a thousand instances, and what must hold however large the numbers are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow
from tests.oracles import linear_programme as reference

from carbonpolis.market import Coupling, couple
from carbonpolis.market.auction.maxflow import arcs_by_node, push, reached
from carbonpolis.market.auction.pooled import hub

Side = dict[str, np.ndarray]


def instance(seed: int, *, vector: bool) -> tuple[Side, Side, np.ndarray, np.ndarray]:
    """Few or many cities, prices with many ties or none, surpluses that bind or don't."""
    random = np.random.default_rng(seed)
    n, span = int(random.integers(1, 10)), int(random.choice([3, 20, 500, 10_000]))
    sides = []
    for _ in range(2):
        m = int(random.integers(1, 60))
        lots = random.integers(0, int(random.choice([3, 1000])), m)
        sides.append({"city": random.integers(0, n, m), "price": random.integers(0, span, m), "lots": lots})
    surplus = random.integers(0, int(random.choice([3, 50, 5_000])), n)
    fee = random.integers(0, int(random.choice([1, 2, span // 4 + 1])), n if vector else (n, n))
    return sides[0], sides[1], surplus, fee


@pytest.mark.parametrize("vector", [True, False], ids=["vector", "matrix"])
def test_welfare_equals_that_of_highs(vector: bool):
    for seed in range(500):
        bids, asks, surplus, fee = instance(seed, vector=vector)
        charges = fee[:, np.newaxis] + fee[np.newaxis, :] if vector else fee
        mine = couple(bids, asks, surplus, fee)
        assert mine.welfare == round(reference.greatest_welfare(bids, asks, surplus, charges)), seed
        assert fair(mine, bids, asks, surplus, charges), seed
        if vector:
            assert same(mine, couple(bids, asks, surplus, charges)), seed


def fair(coupling: Coupling, bids: Side, asks: Side, surplus: np.ndarray, fee: np.ndarray) -> bool:
    """Whether fills, flows and prices are an equilibrium: nobody past its limit, nobody passed over, all paid."""
    for side, fills, better in ((bids, coupling.bid_fills, np.greater), (asks, coupling.ask_fills, np.less)):
        paid = coupling.prices[side["city"]]
        worse, wanting = better(paid, side["price"]), better(side["price"], paid)
        if (fills > side["lots"]).any() or (worse & (fills > 0)).any() or (wanting & (fills < side["lots"])).any():
            return False
    n, sent, price = len(surplus), coupling.flows.sum(axis=1), coupling.prices.tolist()
    bought = np.bincount(bids["city"], weights=coupling.bid_fills, minlength=n)
    sold = np.bincount(asks["city"], weights=coupling.ask_fills, minlength=n)
    ways = [(int(i), int(j)) for i, j in zip(*np.nonzero(coupling.flows), strict=True)]
    margins = {(i, j): price[j] - price[i] - int(fee[i, j]) for i, j in ways}
    income = sum(margin * int(coupling.flows[way]) for way, margin in margins.items())
    binding = all(margin == 0 or sent[i] == surplus[i] for (i, _), margin in margins.items())
    balanced = (bought - sold == coupling.flows.sum(axis=0) - sent).all() and (sent <= surplus).all()
    return bool(balanced and binding and min(margins.values(), default=0) >= 0 and income == coupling.congestion_income)


def same(one: Coupling, other: Coupling) -> bool:
    names = ("prices", "bid_fills", "ask_fills", "flows", "traded")
    equal = all((getattr(one, name) == getattr(other, name)).all() for name in names)
    return equal and (one.welfare, one.congestion_income) == (other.welfare, other.congestion_income)


@pytest.mark.parametrize("vector", [True, False], ids=["vector", "matrix"])
@pytest.mark.parametrize("seed", range(20))
def test_prices_may_lie_anywhere_in_64_bits(seed: int, vector: bool):
    bids, asks, surplus, fee = instance(seed, vector=vector)
    top = 1 + max(int(side["price"].max()) for side in (bids, asks))
    scale, shift = 2**63 // (2 * top) * 2, -(2**62)

    def wide(side: Side) -> Side:
        return {**side, "price": np.array([int(price) * scale + shift for price in side["price"]], dtype=np.int64)}

    small = couple(bids, asks, surplus, fee)
    fee = np.minimum(fee, 2**60 // scale)  # a fee has its bound
    small, large = couple(bids, asks, surplus, fee), couple(wide(bids), wide(asks), surplus, fee * scale)
    moved = shift * (int(small.bid_fills.sum()) - int(small.ask_fills.sum()))
    assert large.welfare == small.welfare * scale + moved
    assert (large.flows == small.flows).all()
    charges = fee[:, np.newaxis] + fee[np.newaxis, :] if vector else fee
    assert fair(large, wide(bids), wide(asks), surplus, charges * scale)


def test_the_farthest_prices_trade():
    low, high = -(2**62), 2**62
    one = couple(
        {"city": [0], "price": [high], "lots": [7]}, {"city": [1], "price": [low], "lots": [9]}, [0, 5], [0, 0]
    )
    assert (one.flows[1, 0], one.welfare, one.congestion_income) == (5, 5 * 2**63, 5 * 2**63)
    assert one.prices.tolist() == [high, low]
    for wrong in ({"price": [high + 1], "lots": [7]}, {"price": [high], "lots": [2**62 + 2**12]}):
        with pytest.raises(ValueError, match="expected less"):
            couple({"city": [0], **wrong}, {"city": [0], "price": [1], "lots": [1]}, [0], [0])
    with pytest.raises(ValueError, match="a fee beyond"):
        couple({"city": [0], "price": [1], "lots": [1]}, {"city": [0], "price": [1], "lots": [1]}, [0], [2**61])


def test_fees_in_two_parts_meet_at_a_hub():
    out, into = np.array([3, 0, 7, 2]), np.array([1, 4, 0, 9])
    found = hub(out[:, np.newaxis] + into[np.newaxis, :])
    assert found is not None
    assert (found.out.tolist(), found.into.tolist()) == ([3, 0, 7, 2], [1, 4, 0, 9])
    crooked = out[:, np.newaxis] + into[np.newaxis, :]
    crooked[2, 1] -= 1
    assert hub(crooked) is None
    assert hub(np.full((5, 5), 51)) is not None  # one fee for all, an odd one too


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 9))
def test_the_greatest_flow_is_the_greatest(seed: int, nodes: int):
    random = np.random.default_rng(seed)
    room = random.integers(0, 9, (nodes, nodes)) * (random.random((nodes, nodes)) < 0.5)
    np.fill_diagonal(room, 0)
    tail, head = np.nonzero(room)
    tail, head = tail.astype(np.int64), head.astype(np.int64)
    first, arcs = arcs_by_node(tail, head, nodes)
    heads, left = np.stack((head, tail), axis=1).ravel(), np.zeros(2 * len(tail), dtype=np.int64)
    left[::2] = room[tail, head]
    sent = push(first, arcs, heads, left, 0, nodes - 1)
    assert sent == maximum_flow(csr_array(room.astype(np.int32)), 0, nodes - 1).flow_value
    near = reached(first, arcs, heads, left, 0, False)
    assert room[np.ix_(near, ~near)].sum() == sent  # the least cut proves it
    assert not reached(first, arcs, heads, left, nodes - 1, True)[0]
