"""Coupling where every fee is a way out plus a way in: all cities meet at one hub, and one number clears them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonpolis.market.auction.call import Lots
from carbonpolis.market.auction.curves import Books


@dataclass(frozen=True, slots=True)
class Hub:
    """Fees in two parts, minor units per lot, length n: fee[i, j] = out[i] + into[j] for i != j, none below 0."""

    out: Lots
    into: Lots


def hub(fee: NDArray[np.int64]) -> Hub | None:
    """The two parts of a fee matrix, or None where it has none.

    Two cities always pool. For more the parts are unique up to a constant, which is chosen so that the least way in
    costs nothing. A matrix whose parts would make leaving and coming back cheaper than free does not pool.
    """
    n = len(fee)
    if n < 2:
        return Hub(np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64))
    if n == 2:
        return Hub(np.zeros(2, dtype=np.int64), np.array([fee[1, 0], fee[0, 1]]))
    into = fee[0].copy()
    out = fee[:, 1] - into[1]
    out[0], out[1] = 0, fee[1, 2] - into[2]
    into[0] = fee[1, 0] - out[1]
    least = int(into.min())
    out, into = out + least, into - least
    together = out[:, np.newaxis] + into[np.newaxis, :]
    apart = ~np.eye(n, dtype=bool)
    if (out < 0).any() or (together[apart] != fee[apart]).any():
        return None
    return Hub(out, into)


def pool(books: Books, surplus: Lots, fees: Hub, low: int, high: int) -> NDArray[np.int64]:
    """Flows n x n of the greatest welfare.

    Each city buys from the hub at the hub's price plus its way in, and sells to it at the hub's price less its way
    out. What they want in net falls as that price rises, so bisection finds the least price at which they want nothing
    more; low, high: least and greatest price of all orders. At that price as many lots pass the hub as both sides
    take, and those for whom it makes no difference are served in the order of the cities. A city that could as well
    buy as sell joins the side that is short.
    """
    floor, price = low - 1, high
    while floor < price:
        middle = (floor + price) // 2
        buying, selling = _wishes(books, surplus, fees, middle)
        if int(buying[0].sum()) <= int(selling[1].sum()):
            price = middle
        else:
            floor = middle + 1
    (need, want), (must, can) = _wishes(books, surplus, fees, price)
    either = (want > 0) & (can > 0)
    if want[~either].sum() >= can[~either].sum():
        want = np.where(either, 0, want)
    else:
        can = np.where(either, 0, can)
    lots = min(int(want.sum()), int(can.sum()))
    return _join(_share(must, can, lots), _share(need, want, lots))


def _wishes(books: Books, surplus: Lots, fees: Hub, price: int) -> tuple[tuple[Lots, Lots], tuple[Lots, Lots]]:
    """Least and most lots that each city buys from the hub at its price; least and most that each sells to it."""
    landed, netted = price + fees.into, price - fees.out
    need, want = np.maximum(books.least_demand(landed), 0), np.maximum(books.most_demand(landed), 0)
    must, can = np.maximum(-books.most_demand(netted), 0), np.maximum(-books.least_demand(netted), 0)
    return (need, want), (np.minimum(must, surplus), np.minimum(can, surplus))


def _share(least: Lots, most: Lots, total: int) -> Lots:
    """`total` lots in parts from least to most, what is above the least in the order of the cities."""
    room = most - least
    before = np.cumsum(room) - room
    parts: Lots = least + np.clip(total - int(least.sum()) - before, 0, room)
    return parts


def _join(sold: Lots, bought: Lots) -> NDArray[np.int64]:
    """Flows n x n: what the cities sold, one after another, to what they bought, one after another."""
    sent, got = np.cumsum(sold)[:, np.newaxis], np.cumsum(bought)[np.newaxis, :]
    flows: NDArray[np.int64] = np.maximum(
        0, np.minimum(sent, got) - np.maximum(sent - sold[:, np.newaxis], got - bought[np.newaxis, :])
    )
    return flows
