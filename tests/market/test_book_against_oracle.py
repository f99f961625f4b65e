"""The compiled book and the naive one, step by step through random sessions: the same fills, refusals and books."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import books as oracle

from carbonpolis.errors import OrderRejected, OrderUnknown
from carbonpolis.market import ABSENT, ORDER_DTYPE, OrderBook, Outcome

SESSIONS = int(os.environ.get("CARBONPOLIS_BOOK_SESSIONS", "1200"))
TIFS, SIDES, SELF_TRADES = ("gtc", "day", "ioc", "fok"), ("buy", "sell"), ("cancel_resting", "reject_incoming", "allow")
EDGE = 2**63 - 1
Step = tuple


def session(seed: int) -> tuple[str, tuple[int, int] | None, list[Step]]:
    """A random session: few prices and owners so that orders meet, wild ids, lots and prices now and then."""
    random = np.random.default_rng(seed)
    spread, owners, wild = int(random.integers(1, 12)), int(random.integers(1, 6)), random.random() < 0.2
    base = int(random.choice([0, 100, -7, 10**12, EDGE - 20, -EDGE + 15])) if wild else 100
    far = [-EDGE, EDGE, 0, 10**15, -(10**9), 5_000, 300_000, -300_000]
    band = (base - spread // 2, base + spread // 2) if random.random() < 0.2 else None
    kind = random.random()
    ids = [int(i) for i in random.integers(-EDGE, EDGE, 400)] if kind < 0.4 else list(range(1, 401))
    if kind > 0.8:
        ids = [each << 40 for each in ids]  # all want the same place in the index
    steps: list[Step] = []

    def price() -> int:
        if wild and random.random() < 0.2:
            return int(far[random.integers(len(far))])
        return int(np.clip(base + int(random.integers(-spread, spread + 1)), -EDGE, EDGE))

    def lots() -> int:
        if wild and random.random() < 0.05:
            return int(random.choice([0, -3, EDGE, EDGE // 2]))
        return int(random.integers(1, 12))

    for at in range(int(random.integers(20, 120))):
        known = ids[int(random.integers(0, at + 1))]
        kind = random.random()
        if kind < 0.62:
            order_id = known if random.random() < 0.05 else ids[at]
            tif = str(random.choice(TIFS, p=[0.6, 0.15, 0.15, 0.1]))
            limit = None if random.random() < 0.08 else price()
            side, owner = SIDES[int(random.integers(2))], int(random.integers(1, owners + 1))
            steps.append(("submit", order_id, owner, side, lots(), limit, tif, bool(random.random() < 0.1)))
        elif kind < 0.78:
            steps.append(("cancel", known))
        else:
            steps.append(
                (
                    "amend",
                    known,
                    None if random.random() < 0.3 else lots(),
                    None if random.random() < 0.3 else price(),
                )
            )
    return str(random.choice(SELF_TRADES)), band, steps


def naive_step(book, step: Step) -> tuple[str, list[tuple[int, int, int, int]]]:
    try:
        answer = getattr(book, step[0])(*step[1:])
    except oracle.Refusal as refusal:
        return str(refusal), []
    if book.halted:
        return "PASSED_BAND", answer
    return "DONE", [] if step[0] == "cancel" else answer


def rows(book: OrderBook) -> list[tuple]:
    return [
        (i, o, SIDES[s], TIFS[t], bool(post), p, q) for i, o, a, s, t, post, p, q in book.orders().tolist() if a == 0
    ]


def levels(naive, side: str) -> list[tuple[int, int, int]]:
    found: dict[int, list[int]] = {}
    for one in naive.queue(side):
        found.setdefault(one.price, []).append(one.lots)
    return [(price, sum(lots), len(lots)) for price, lots in found.items()]


def record(step: Step) -> tuple:
    kind, order_id, *rest = step
    if kind == "submit":
        owner, side, lots, price, tif, post_only = rest
        price = ABSENT if price is None else price
        return (order_id, owner, 0, SIDES.index(side), TIFS.index(tif), post_only, price, lots)
    if kind == "cancel":
        return (order_id, 0, 1, 0, 0, 0, 0, 0)
    return (order_id, 0, 2, 0, 0, 0, *(ABSENT if value is None else value for value in reversed(rest)))


def one_by_one(self_trade: str, band: tuple[int, int] | None, steps: list[Step]) -> tuple[list, list]:
    """Both books through a session, compared after each step. Answers outcomes and fills."""
    book, naive = OrderBook(self_trade, band=band), oracle.NaiveBook(self_trade, band)
    outcomes, fills = [], []
    for step in steps:
        expected, expected_fills = naive_step(naive, step)
        outcomes.append(expected)
        fills += expected_fills
        if expected in ("DONE", "NOT_WHOLE", "PASSED_BAND"):
            answer = getattr(book, step[0])(*step[1:])
            if step[0] != "cancel":
                assert [(f.maker_id, f.taker_id, f.price, f.lots) for f in answer] == expected_fills, step
        else:
            with pytest.raises(OrderUnknown if expected == "UNKNOWN" else OrderRejected):
                getattr(book, step[0])(*step[1:])
        assert book.removed == naive.removed, step
        if expected == "PASSED_BAND":
            halt = book.halt
            assert (halt.order_id, halt.owner, halt.side, halt.lots, halt.price, halt.tif) == naive.halted
            break
    assert rows(book) == naive.rows()
    assert book.depth(10**6) == (levels(naive, "buy"), levels(naive, "sell"))
    assert len(book) == len(naive.resting)
    assert (book.best_bid, book.best_ask) == tuple((levels(naive, side) or [(None,)])[0][0] for side in ("buy", "sell"))
    return outcomes, fills


def as_a_batch(self_trade: str, band: tuple[int, int] | None, steps: list[Step], outcomes: list, fills: list) -> None:
    """The same session through `process`, and the book that its orders make again."""
    batch = np.array([record(step) for step in steps], dtype=ORDER_DTYPE)
    book = OrderBook(self_trade, band=band)
    assert book.process(batch).tolist() == fills
    assert [Outcome(code).name for code in book.outcomes] == outcomes
    again = OrderBook(self_trade)
    assert not len(again.process(book.orders()))
    assert again.orders().tolist() == book.orders().tolist()


def test_random_sessions_step_by_step_and_as_a_batch():
    seen: set[str] = set()
    for seed in range(SESSIONS):
        self_trade, band, steps = session(seed)
        outcomes, fills = one_by_one(self_trade, band, steps)
        as_a_batch(self_trade, band, steps, outcomes, fills)
        seen |= set(outcomes)
    # The sessions reach every rule there is but a field that does not exist, which `submit` can't be given.
    assert seen == {outcome.name for outcome in Outcome} - {"BAD_FIELD"}


STEP = st.one_of(
    st.tuples(
        st.just("submit"),
        st.integers(1, 12),
        st.integers(1, 3),
        st.sampled_from(SIDES),
        st.integers(0, 5),
        st.one_of(st.none(), st.integers(-3, 3), st.sampled_from([EDGE, -EDGE])),
        st.sampled_from(TIFS),
        st.booleans(),
    ),
    st.tuples(st.just("cancel"), st.integers(1, 12)),
    st.tuples(
        st.just("amend"),
        st.integers(1, 12),
        st.one_of(st.none(), st.integers(0, 5)),
        st.one_of(st.none(), st.integers(-3, 3)),
    ),
)
BANDS = st.one_of(st.none(), st.tuples(st.integers(-3, 0), st.integers(0, 3)))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SELF_TRADES), BANDS, st.lists(STEP, max_size=40))
def test_any_session(self_trade: str, band: tuple[int, int] | None, steps: list[Step]):
    outcomes, fills = one_by_one(self_trade, band, steps)
    as_a_batch(self_trade, band, steps, outcomes, fills)


def test_days_end_the_same():
    for seed in range(60):
        self_trade, _, steps = session(seed)
        book, naive = OrderBook(self_trade), oracle.NaiveBook(self_trade)
        for step in steps:
            naive_step(naive, step)
        book.process(np.array([record(step) for step in steps], dtype=ORDER_DTYPE))
        assert sorted(book.expire_day()) == sorted(naive.expire_day())
        assert rows(book) == naive.rows()


@pytest.mark.parametrize("kind", ["scattered", "drifting", "two places", "crowded", "ids alike"])
def test_long_sessions_in_which_the_book_grows_and_its_window_moves(kind: str):
    random, alike = np.random.default_rng(7), 40 if kind == "ids alike" else 0
    book, naive = OrderBook("allow"), oracle.NaiveBook("allow")
    steps: list[Step] = []
    for at in range(1, 4_001):
        if kind == "scattered":
            price = int(random.integers(-EDGE, EDGE))
        elif kind == "drifting":
            price = 400 * at + int(random.integers(-300, 300))
        elif kind == "two places":
            price = int(random.integers(2)) * 10**9 + int(random.integers(-2_000, 2_000))
        else:
            price = int(random.integers(-1_000, 1_000))
        known = int(random.integers(1, at + 1)) << alike
        if random.random() < 0.75:
            side = SIDES[int(price > 0)] if random.random() < 0.8 else SIDES[int(random.integers(2))]
            steps.append(("submit", at << alike, 1, side, int(random.integers(1, 9)), price, "gtc", False))
        elif random.random() < 0.5:
            steps.append(("cancel", known))
        else:
            steps.append(("amend", known, None, price))
    fills, outcomes = [], []
    for step in steps:
        outcome, found = naive_step(naive, step)
        fills += found
        outcomes.append(outcome)
    assert book.process(np.array([record(step) for step in steps], dtype=ORDER_DTYPE)).tolist() == fills
    assert [Outcome(code).name for code in book.outcomes] == outcomes
    assert rows(book) == naive.rows()
    assert book.depth(10**6) == (levels(naive, "buy"), levels(naive, "sell"))
