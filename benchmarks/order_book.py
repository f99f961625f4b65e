"""A batch of orders through one book at tens of millions a second, where Python's engines take a few hundred thousand.

Flow "near the mid": 60 % limit orders within 50 ticks of the mid price, 30 % cancellations of a random order that
was entered and not cancelled before (it may have been filled), 10 % orders that cross the spread. Flow "moves": 9 %
GTC, 3 % IOC, 6 % cancellations, 82 % moves of a resting order to another price, the mix that exchange-core (a Java
engine) states for its own benchmark, with some 1,000 orders resting, as there. All clocks count the processor seconds
of this process: a book uses one core and waits for nothing.
"""

from __future__ import annotations

import time
from contextlib import suppress
from importlib.util import find_spec

import numpy as np

from _measure import Row, best_of, main, row, say
from carbonpolis.market import ORDER_DTYPE, OrderBook, Outcome

ORDERS = 2_000_000
PREFIX = 200_000  # as far as the peer is taken: its cancellations walk through a level, so it only slows down
SINGLE = 200_000
EXCHANGE_CORE = 5_000_000  # orders/s, stated by its README for one order book on one core of a 2009 Xeon
MID = 2_500  # cents per lot
SPREAD = 50  # ticks


def near_the_mid(n: int = ORDERS, seed: int = 1) -> np.ndarray:
    """The flow of 60 % limit orders, 30 % cancellations, 10 % crossing orders."""
    random = np.random.default_rng(seed)
    orders = np.zeros(n, dtype=ORDER_DTYPE)
    kind = random.choice(3, size=n, p=[0.6, 0.3, 0.1])
    away = random.integers(1, SPREAD + 1, n)
    side = random.integers(0, 2, n)
    orders["order_id"], orders["owner"] = np.arange(1, n + 1), random.integers(1, 1_000, n)
    orders["side"], orders["lots"] = side, random.integers(1, 101, n)
    orders["price"] = MID + np.where(kind == 2, SPREAD, -away) * np.where(side == 0, 1, -1)
    entered: list[int] = []
    chosen = random.random(n)
    for i in range(n):
        if kind[i] == 0:
            entered.append(i)
        elif kind[i] == 1 and entered:
            at = int(chosen[i] * len(entered))
            entered[at], entered[-1] = entered[-1], entered[at]
            orders[i] = (orders["order_id"][entered.pop()], 0, 1, 0, 0, 0, 0, 0)
    return orders


def moves(n: int = ORDERS, resting: int = 1_000, seed: int = 2) -> np.ndarray:
    """The flow of 82 % moves; its first `resting` orders fill the book."""
    random = np.random.default_rng(seed)
    orders = np.zeros(resting + n, dtype=ORDER_DTYPE)
    kind = np.concatenate((np.zeros(resting, int), random.choice(4, size=n, p=[0.09, 0.03, 0.06, 0.82])))
    total = len(orders)
    side = random.integers(0, 2, total)
    away = random.integers(1, SPREAD + 1, total) * np.where(side == 0, -1, 1)
    orders["order_id"], orders["owner"] = np.arange(1, total + 1), random.integers(1, 1_000, total)
    orders["side"], orders["lots"], orders["price"] = side, random.integers(1, 101, total), MID + away
    entered: list[int] = []
    chosen = random.random(total)
    for i in range(total):
        if kind[i] == 0:
            entered.append(i)
        elif kind[i] == 1:
            orders["tif"][i], orders["price"][i], orders["lots"][i] = 2, MID - away[i], 50
        else:
            at = int(chosen[i] * len(entered))
            entered[at], entered[-1] = entered[-1], entered[at]
            which = entered.pop() if kind[i] == 2 and len(entered) > 1 else entered[-1]
            orders["order_id"][i], orders["action"][i] = orders["order_id"][which], 1 if kind[i] == 2 else 2
            if kind[i] == 3:
                orders["price"][i], orders["lots"][i] = (
                    MID + away[which] + int(chosen[i] * 7) - 3,
                    orders["lots"][which],
                )
    return orders


def fresh(flow: np.ndarray) -> OrderBook:
    """A new book that has taken a flow in."""
    book = OrderBook()
    book.process(flow)
    return book


def peer_takes(flow: np.ndarray) -> tuple[float, int]:
    """Seconds that lightmatchingengine takes for a flow, and the lots that it traded."""
    from lightmatchingengine.lightmatchingengine import LightMatchingEngine, Side

    engine, placed, traded = LightMatchingEngine(), {}, 0
    rows = flow[["action", "order_id", "price", "lots", "side"]].tolist()
    began = time.process_time()
    for action, order_id, price, lots, side in rows:
        if action == 0:
            order, _ = engine.add_order("unit", price, lots, Side.BUY if side == 0 else Side.SELL)
            placed[order_id] = order.order_id
            traded += order.cum_qty
        else:
            with suppress(AssertionError):  # its answer to a cancellation of what was filled already
                engine.cancel_order(placed[order_id], "unit")
    return time.process_time() - began, traded


def one_by_one(flow: np.ndarray) -> float:
    """Orders a second through `submit`, called from Python for each."""
    names = ["order_id", "owner", "side", "lots", "price"]
    rows = [(i, o, "sell" if s else "buy", q, p) for i, o, s, q, p in flow[flow["action"] == 0][names].tolist()]

    def submit_all(book: OrderBook) -> None:
        for order in rows:
            book.submit(*order)

    return len(rows) / best_of(submit_all, setup=OrderBook, cpu=True)


def measure() -> list[Row]:
    """The rows of this benchmark."""
    say("making two flows of 2 million orders ...")
    mixed, moved = near_the_mid(), moves()
    book = fresh(mixed)  # compiles
    bytes_each = book.nbytes / len(book)
    shares = f"{np.mean(book.outcomes == Outcome.UNKNOWN):.0%} of the orders cancel what was filled already"
    ours = ORDERS / best_of(lambda book: book.process(mixed), setup=OrderBook, cpu=True)
    say("the peer ...")
    rows = [_beside_the_peer(mixed, ours, f"{len(book):,} orders rest at the end; {shares}")]
    start, flow = moved[:-ORDERS], moved[-ORDERS:]
    rate = ORDERS / best_of(lambda book: book.process(flow), setup=lambda: fresh(start), cpu=True)
    rows.append(
        row(
            "order_book/moves",
            rate,
            peer=EXCHANGE_CORE,
            unit="orders/s of one core",
            against="exchange-core, as it states itself, on another machine",
            note="9 % GTC, 3 % IOC, 6 % cancel, 82 % move",
        )
    )
    rows.append(
        row(
            "order_book/submit",
            one_by_one(mixed[:SINGLE]),
            peer=300_000,
            unit="orders/s of one core",
            against="our target",
        )
    )
    rows.append(
        row(
            "order_book/memory",
            bytes_each,
            peer=200,
            unit="bytes per resting order",
            against="our target",
            note=f"after the flow near the mid: every array of the book over its {len(book):,} orders",
            less_is_better=True,
        )
    )
    return rows


def _beside_the_peer(flow: np.ndarray, ours: float, note: str) -> Row:
    name, unit = "order_book/process", "orders/s of one core"
    if find_spec("lightmatchingengine") is None:
        return row(
            name, ours, unit=unit, against="lightmatchingengine is not installed: it is in the dev extra", note=note
        )
    prefix = flow[:PREFIX].copy()
    prefix["owner"] = np.arange(PREFIX)  # the peer knows no owners, so that no order may meet its own here
    lots = int(OrderBook().process(prefix)["lots"].sum())
    seconds, traded = peer_takes(prefix)
    assert traded == lots, f"the peer traded {traded} lots, we {lots}"
    against = f"lightmatchingengine on the first {PREFIX:,} orders of the same flow (it slows down as the book grows)"
    return row(name, ours, peer=PREFIX / seconds, unit=unit, against=against, note=note)


if __name__ == "__main__":
    main(measure)
