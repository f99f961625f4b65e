"""Slow truths about call auctions: every tick is tried."""

from __future__ import annotations


def best_price(bids: list[tuple[int, int]], asks: list[tuple[int, int]], reference: int) -> tuple[int | None, int, int]:
    """Price, lots and imbalance of a call auction, by trying each tick between the lowest ask and the highest bid."""
    ticks = range(min((p for p, _ in asks), default=0), max((p for p, _ in bids), default=-1) + 1)
    found = []
    for price in ticks:
        demand = sum(lots for p, lots in bids if p >= price)
        supply = sum(lots for p, lots in asks if p <= price)
        if min(demand, supply):
            rank = (-min(demand, supply), abs(demand - supply), abs(price - reference), price)
            found.append((rank, (price, min(demand, supply), demand - supply)))
    return min(found)[1] if found else (None, 0, 0)


def price_time(orders: list[tuple[int, int]], total: int, *, dearest_first: bool) -> list[int]:
    """Deal `total` lots one by one: the best price first, then who came first."""
    fills = [0] * len(orders)
    sequence = sorted(range(len(orders)), key=lambda i: (-orders[i][0] if dearest_first else orders[i][0], i))
    for index in sequence:
        fills[index] = min(orders[index][1], total)
        total -= fills[index]
    return fills
