"""Call auctions of 1,000 cities with 10,000 orders each: under 2 seconds."""

from __future__ import annotations

import time

import numpy as np

from _measure import Row, best_of, main, row
from carbonpolis.market import call_auction, call_auctions

CITIES, ORDERS, SEED = 1_000, 10_000, 7
LIMIT = 2.0  # seconds that the claim allows
ONE_BY_ONE = 50  # cities that the peer clears; its time is scaled up


def measure() -> list[Row]:
    """All at once against the limit, and against `call_auction` in a loop."""
    random = np.random.default_rng(SEED)
    m = CITIES * ORDERS // 2
    city = [random.integers(0, CITIES, m) for _ in range(2)]
    price = [np.clip(random.normal(mid, 300, m).astype(np.int64), 1, None) for mid in (2_450, 2_550)]
    lots = [random.integers(1, 1_000, m) for _ in range(2)]
    reference = np.full(CITIES, 2_500)
    given = (city[0], price[0], lots[0], city[1], price[1], lots[1], reference)
    together = call_auctions(*given)
    ours = best_of(lambda: call_auctions(*given), runs=3)
    mine = [[np.flatnonzero(side == each) for side in city] for each in range(ONE_BY_ONE)]
    began = time.perf_counter()
    single = [call_auction(price[0][b], lots[0][b], price[1][a], lots[1][a], 2_500) for b, a in mine]
    peer = (time.perf_counter() - began) * CITIES / ONE_BY_ONE
    assert [one.price for one in single] == together.prices[:ONE_BY_ONE].tolist(), "both must clear alike"
    note = f"{CITIES:,} cities x {ORDERS:,} orders, one core, orders in random sequence of cities"
    return [
        row("auctions/limit", ours, peer=LIMIT, unit="s", against="the limit", note=note, less_is_better=True),
        row("auctions/one by one", ours, peer=peer, unit="s", less_is_better=True,
            against="call_auction (NumPy) in a loop, grouping by city not counted", note=note),
    ]  # fmt: skip


if __name__ == "__main__":
    main(measure)
