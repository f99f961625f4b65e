"""Call auctions of all cities at once, and the one-way auction of one seller (or buyer) before many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonpolis.market.auction.call import PRICE_BOUND, Lots, call_auction, ration, whole
from carbonpolis.market.order import Side
from carbonpolis.native import native

LEAST_LADDER = 2**16  # ticks that are always cheap enough to count one by one
WIDEST_LADDER = 2**22
TICKS_AN_ORDER = 8  # a ladder wider than this times the orders is sparse: sorting is cheaper


@dataclass(frozen=True, slots=True)
class Clearings:
    """What the auctions of n cities came to.

    crossed: where something traded; prices: minor units per lot, 0 where nothing did. lots, imbalances: as in
    `Clearing`, length n. bid_fills, ask_fills: lots per order, aligned with the inputs.
    """

    crossed: NDArray[np.bool_]
    prices: Lots
    lots: Lots
    imbalances: Lots
    bid_fills: Lots
    ask_fills: Lots


def call_auctions(
    bid_city: ArrayLike,
    bid_prices: ArrayLike,
    bid_lots: ArrayLike,
    ask_city: ArrayLike,
    ask_prices: ArrayLike,
    ask_lots: ArrayLike,
    reference_prices: ArrayLike,
) -> Clearings:
    """`call_auction` in every city 0 ... n-1 at once, by the same rules and to the same fills.

    Flat arrays, one entry an order, in any sequence of cities; time priority within a city is input order.
    reference_prices: length n. Where the prices that cross lie close together every tick is counted; the cities in
    which they lie far apart go through `call_auction` one by one.
    Raises ValueError as `call_auction` does, and for a city outside 0 ... n-1.
    """
    reference = whole(reference_prices, "reference prices")
    n = len(reference)
    bids = _flat(bid_city, bid_prices, bid_lots, n, "bid")
    asks = _flat(ask_city, ask_prices, ask_lots, n, "ask")
    buyers, sellers = _by_city(*bids, n), _by_city(*asks, n)
    prices, lots, imbalances, state = (np.zeros(n, dtype=np.int64) for _ in range(4))
    ladder = max(LEAST_LADDER, min(TICKS_AN_ORDER * (len(bids[1]) + len(asks[1])), WIDEST_LADDER))
    _clear(*buyers.arrays, *sellers.arrays, reference, prices, lots, imbalances, state, ladder)
    for city in np.flatnonzero(state == SPARSE).tolist():
        mine = [slice(side.start[city], side.start[city + 1]) for side in (buyers, sellers)]
        one = call_auction(
            buyers.prices[mine[0]], buyers.lots[mine[0]], sellers.prices[mine[1]], sellers.lots[mine[1]],
            int(reference[city]),
        )  # fmt: skip
        assert one.price is not None, "an auction that crosses has a price"
        prices[city], lots[city], imbalances[city] = one.price, one.lots, one.imbalance
        buyers.fills[mine[0]], sellers.fills[mine[1]] = one.bid_fills, one.ask_fills
    return Clearings(state != NOTHING, prices, lots, imbalances, buyers.in_input_order(), sellers.in_input_order())


@dataclass(frozen=True, slots=True)
class _Grouped:
    """Orders city after city, in input order within one. place: where each stands in the input; start: n + 1."""

    place: Lots
    start: Lots
    prices: Lots
    lots: Lots
    fills: Lots

    @property
    def arrays(self) -> tuple[Lots, Lots, Lots, Lots]:
        return self.start, self.prices, self.lots, self.fills

    def in_input_order(self) -> Lots:
        fills = np.empty_like(self.fills)
        fills[self.place] = self.fills
        return fills


NOTHING, CLEARED, SPARSE = 0, 1, 2


def _flat(city: ArrayLike, prices: ArrayLike, lots: ArrayLike, n: int, side: str) -> tuple[Lots, Lots, Lots]:
    columns = (whole(city, f"{side} cities"), whole(prices, f"{side} prices"), whole(lots, f"{side} lots"))
    if len({len(column) for column in columns}) != 1:
        sizes = ", ".join(str(len(column)) for column in columns)
        raise ValueError(f"{sizes} {side} cities, prices and lots; expected as many of each")
    if not len(columns[0]):
        return columns
    if columns[0].min() < 0 or columns[0].max() >= n:
        raise ValueError(f"a {side} of a city outside 0 ... {n - 1}; reference_prices names {n} cities")
    if columns[2].min() < 0:
        raise ValueError(f"{side} lots below 0; expected 0 or more")
    if columns[1].min() < -PRICE_BOUND or columns[1].max() > PRICE_BOUND:
        raise ValueError(f"a {side} price beyond {PRICE_BOUND} minor units; expected less")
    return columns


def _by_city(city: Lots, prices: Lots, lots: Lots, n: int) -> _Grouped:
    m = len(city)
    start = np.concatenate(([0], np.cumsum(np.bincount(city, minlength=n)))).astype(np.int64)
    grouped = _Grouped(
        np.empty(m, np.int64), start, np.empty(m, np.int64), np.empty(m, np.int64), np.zeros(m, np.int64)
    )
    _group(city, prices, lots, start[:-1].copy(), grouped.place, grouped.prices, grouped.lots)
    return grouped


@native
def _group(city: Lots, prices: Lots, lots: Lots, free: Lots, place: Lots, to_prices: Lots, to_lots: Lots) -> None:
    for index in range(len(city)):
        k = free[city[index]]
        free[city[index]] = k + 1
        place[k], to_prices[k], to_lots[k] = index, prices[index], lots[index]


@native
def _crossing(bid_prices: Lots, bid_lots: Lots, ask_prices: Lots, ask_lots: Lots) -> tuple[int, int]:
    """The lowest ask and the highest bid of one city, (1, 0) where a side is empty."""
    lowest, highest, asked, bid = 1, 0, False, False
    for k in range(len(ask_prices)):
        if ask_lots[k] > 0 and (not asked or ask_prices[k] < lowest):
            lowest, asked = ask_prices[k], True
    for k in range(len(bid_prices)):
        if bid_lots[k] > 0 and (not bid or bid_prices[k] > highest):
            highest, bid = bid_prices[k], True
    return (lowest, highest) if asked and bid else (1, 0)


@native
def _clear(
    bid_start: Lots, bid_prices: Lots, bid_lots: Lots, bid_fills: Lots,
    ask_start: Lots, ask_prices: Lots, ask_lots: Lots, ask_fills: Lots,
    reference: Lots, prices: Lots, lots: Lots, imbalances: Lots, state: Lots, ladder: int,
) -> None:  # fmt: skip
    """Clear every city whose crossing prices fit a ladder of so many ticks; mark those that don't as SPARSE."""
    wanted, offered = np.zeros(ladder, dtype=np.int64), np.zeros(ladder, dtype=np.int64)
    for city in range(len(reference)):
        b, a = slice(bid_start[city], bid_start[city + 1]), slice(ask_start[city], ask_start[city + 1])
        lowest, highest = _crossing(bid_prices[b], bid_lots[b], ask_prices[a], ask_lots[a])
        if highest < lowest:
            continue
        width, orders = highest - lowest + 1, len(bid_prices[b]) + len(ask_prices[a])
        if width <= 0 or width > ladder or width > max(LEAST_LADDER, TICKS_AN_ORDER * orders):
            state[city] = SPARSE  # a width that passed 64 bits has turned negative
            continue
        state[city] = CLEARED
        wanted[:width] = 0
        offered[:width] = 0
        demand, supply = 0, 0
        for k in range(b.start, b.stop):
            if bid_prices[k] >= lowest:
                wanted[bid_prices[k] - lowest] += bid_lots[k]
                demand += bid_lots[k]
        for k in range(a.start, a.stop):
            if ask_prices[k] <= highest:
                offered[ask_prices[k] - lowest] += ask_lots[k]
        best, least, nearest = -1, 0, 0
        for tick in range(width):
            supply += offered[tick]
            traded, gap = min(demand, supply), abs(demand - supply)
            away = abs(lowest + tick - reference[city])
            if traded > best or (traded == best and (gap < least or (gap == least and away < nearest))):
                best, least, nearest = traded, gap, away
                prices[city], imbalances[city] = lowest + tick, demand - supply
            demand -= wanted[tick]
        lots[city] = best
        _fill(bid_prices[b], bid_lots[b], bid_fills[b], wanted[:width], lowest, best, True)
        _fill(ask_prices[a], ask_lots[a], ask_fills[a], offered[:width], lowest, best, False)


@native
def _fill(
    prices: Lots, lots: Lots, fills: Lots, ladder: Lots, lowest: int, total: int, dearest_first: bool
) -> None:  # fmt: skip
    """Hand out `total` lots: better prices whole, the last price in input order."""
    last = len(ladder) - 1 if dearest_first else 0
    left = total
    while left > ladder[last]:
        left -= ladder[last]
        last += -1 if dearest_first else 1
    margin = lowest + last
    for k in range(len(prices)):
        if prices[k] == margin:
            fills[k] = min(left, lots[k])
            left -= fills[k]
        elif (prices[k] > margin) == dearest_first:
            fills[k] = lots[k]


@dataclass(frozen=True, slots=True)
class OneWay:
    """What a one-way auction came to.

    lots: traded. prices: what each of the many pays (or gets) per lot, minor units; 0 where it got nothing. fills: its
    lots, both aligned with the input. price: the worst that was accepted, None when nothing was.
    """

    lots: int
    price: int | None
    prices: Lots
    fills: Lots


PRICING = ("uniform", "as_bid")


def one_way_auction(
    side: Side | str, lots: int, limit: int, prices: ArrayLike, quantities: ArrayLike, *, pricing: str = "uniform"
) -> OneWay:
    """One party sells (side "sell") or buys `lots` at `limit` or better; many answer with prices and quantities.

    The best answers are served first, equal ones in input order, until the lots are gone. pricing: "uniform": everybody
    at the worst accepted price; "as_bid": everybody at its own. limit, prices: minor units per lot.
    Raises ValueError for lots below 1, a pricing that does not exist, or misshapen arrays.
    Source: the third way to trade of China's national market beside listed and block trades (SEEE notice 2021-06-22),
    whose published rule leaves the pricing to the announcement of each auction.
    """
    way = Side(side)
    if lots < 1:
        raise ValueError(f"an auction of {lots} lots; expected 1 or more")
    if pricing not in PRICING:
        raise ValueError(f"no pricing {pricing!r}; choose from {', '.join(PRICING)}")
    answers, wanted = whole(prices, "prices"), whole(quantities, "quantities")
    if answers.shape != wanted.shape or (wanted < 0).any():
        raise ValueError(f"{len(answers)} prices and {len(wanted)} quantities; expected as many of each, 0 or more")
    acceptable = answers >= limit if way is Side.SELL else answers <= limit
    badness = -answers if way is Side.SELL else answers
    fills = ration(badness, np.where(acceptable, wanted, 0), lots)
    served = fills > 0
    if not served.any():
        return OneWay(0, None, np.zeros_like(answers), fills)
    worst = int(answers[served].min() if way is Side.SELL else answers[served].max())
    paid = np.where(served, worst if pricing == "uniform" else answers, 0)
    return OneWay(int(fills.sum()), worst, paid, fills)
