"""A session of the market in every city at once: local auctions, then coupling, then who traded with whom."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonpolis.market.auction.call import Clearing, Lots, call_auction
from carbonpolis.market.auction.coupling import Coupling, couple
from carbonpolis.market.order import Match, Order, Side
from carbonpolis.market.venue.settings import Venue
from carbonpolis.quantity import KG_PER_LOT

Level = tuple[int, int]  # price in minor units per lot, lots


@dataclass(frozen=True, slots=True)
class CitySession:
    """What a session came to in one city.

    Prices in minor units per lot, None where nothing traded; quotation: the coupled price even where nothing did.
    bids, asks: the book that the auction met, (price, lots) best first. unfilled_bids, unfilled_asks: what stayed.
    """

    city: str
    local_price: int | None
    local_lots: int
    coupled_price: int | None
    quotation: int
    imported_lots: int
    exported_lots: int
    bid_lots: int
    ask_lots: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    unfilled_bids: tuple[Level, ...]
    unfilled_asks: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """All matches in the order in which they settle, each city's figures, and the coupling (cities in their order)."""

    matches: tuple[Match, ...]
    cities: tuple[CitySession, ...]
    coupling: Coupling


@dataclass(frozen=True, slots=True)
class Route:
    """Lots from a seller's to a buyer's city; fee: minor units per lot over all borders passed."""

    origin: int
    target: int
    lots: int
    fee: int


@dataclass(slots=True)
class _Open:
    order: Order
    lots: int

    def take(self, lots: int) -> int:
        """At most `lots` of what is open, taken."""
        part = min(lots, self.lots)
        self.lots -= part
        return part


Queue = deque[tuple[_Open, int]]


def hold_session(
    orders: Sequence[Order],
    surplus_kg: Mapping[str, int],
    reference: Mapping[str, int],
    venue: Venue,
    *,
    cities: Sequence[str] | None = None,
) -> Session:
    """One session: call auctions at home, then the coupling of what is left.

    orders: open ones, earliest first; a buyer bids in its own city's book. surplus_kg: what each city may send out
    (missing: 0); a trade at home does not change it, because units and obligations stay in the city. reference: last
    price of each city in minor units per lot (missing: the venue's). cities: all that take part, in the order of the
    coupling's arrays; those of the orders, sorted, by default. Raises ValueError for a buyer in another city's book or
    a city that does not take part.
    """
    names = tuple(cities) if cities is not None else tuple(sorted({order.city for order in orders}))
    bids, asks = _sides(orders, names)
    matches: list[Match] = []
    books = {name: (_levels(bids[name], dearest=True), _levels(asks[name], dearest=False)) for name in names}
    auctions = {}
    for name in names:
        auctions[name] = _auction(bids[name], asks[name], reference.get(name, venue.reference_price))
        matches += _at_home(bids[name], asks[name], auctions[name])
    waiting = [[(i, one) for i, name in enumerate(names) for one in side[name] if one.lots] for side in (bids, asks)]
    fee = np.full((len(names), len(names)), venue.transfer_fee, dtype=np.int64)
    limits = [surplus_kg.get(name, 0) // KG_PER_LOT for name in names]
    coupling = couple(_frame(waiting[0]), _frame(waiting[1]), limits, fee)
    filled = [
        [(i, one, int(lots)) for (i, one), lots in zip(side, fills, strict=True) if lots]
        for side, fills in zip(waiting, (coupling.bid_fills, coupling.ask_fills), strict=True)
    ]
    matches += _across(filled[0], filled[1], coupling, fee)
    figures = tuple(
        _figures(name, index, auctions[name], coupling, books[name], (bids[name], asks[name]))
        for index, name in enumerate(names)
    )
    return Session(tuple(matches), figures, coupling)


def routes(sold: Lots, bought: Lots, flows: NDArray[np.int64], fee: NDArray[np.int64]) -> list[Route]:
    """Flows between cities as lots from where they were sold to where they were bought.

    sold, bought: lots per city, length n; flows, fee: n x n. Home first; then from the first selling city along its
    flows to the first city that still lacks lots. A lot that runs in a circle (at no fee) goes nowhere and is dropped.
    """
    home = np.minimum(sold, bought)
    found = [Route(int(city), int(city), int(home[city]), 0) for city in np.flatnonzero(home)]
    lacking, left = (bought - home).tolist(), flows.copy()
    for origin in np.flatnonzero(sold - home).tolist():
        offered = int(sold[origin] - home[origin])
        while offered:
            path = [origin]
            while not (lacking[path[-1]] and len(path) > 1):
                onward = int(np.flatnonzero(left[path[-1]])[0])
                if onward in path:
                    circle = [*path[path.index(onward) :], onward]
                    left[circle[:-1], circle[1:]] -= left[circle[:-1], circle[1:]].min()
                    path = path[: path.index(onward) + 1]
                else:
                    path.append(onward)
            start, end = path[:-1], path[1:]
            lots = min(offered, lacking[path[-1]], int(left[start, end].min()))
            left[start, end] -= lots
            lacking[path[-1]] -= lots
            offered -= lots
            found.append(Route(origin, path[-1], lots, int(fee[start, end].sum())))
    return found


def _sides(orders: Iterable[Order], names: Sequence[str]) -> tuple[dict[str, list[_Open]], dict[str, list[_Open]]]:
    bids: dict[str, list[_Open]] = {name: [] for name in names}
    asks: dict[str, list[_Open]] = {name: [] for name in names}
    for order in orders:
        if order.city not in bids:
            raise ValueError(f"order {order.id} is for {order.city}, which takes no part; expected {', '.join(names)}")
        if order.side is Side.BUY and order.owner_city != order.city:
            raise ValueError(
                f"order {order.id}: a buyer of {order.owner_city} bids in its own book, not {order.city}'s"
            )
        if order.open_lots:
            (bids if order.side is Side.BUY else asks)[order.city].append(_Open(order, order.open_lots))
    return bids, asks


def _auction(bids: list[_Open], asks: list[_Open], reference: int) -> Clearing:
    return call_auction(
        [bid.order.price for bid in bids],
        [bid.lots for bid in bids],
        [ask.order.price for ask in asks],
        [ask.lots for ask in asks],
        reference,
    )


def _at_home(bids: list[_Open], asks: list[_Open], clearing: Clearing) -> Iterator[Match]:
    if clearing.price is None:
        return
    buying = [(bid, int(lots)) for bid, lots in zip(bids, clearing.bid_fills, strict=True) if lots]
    selling = [(ask, int(lots)) for ask, lots in zip(asks, clearing.ask_fills, strict=True) if lots]
    for bid, ask, lots in _pairs(_price_time(buying), _price_time(selling)):
        bid.take(lots)
        ask.take(lots)
        yield Match("local", bid.order.id, ask.order.id, lots, clearing.price, clearing.price)


def _across(
    buying: list[tuple[int, _Open, int]],
    selling: list[tuple[int, _Open, int]],
    coupling: Coupling,
    fee: NDArray[np.int64],
) -> Iterator[Match]:
    n = len(coupling.prices)
    buyers, sellers = _by_city(buying, n), _by_city(selling, n)
    bought = np.array([sum(lots for _, lots in side) for side in buyers], dtype=np.int64)
    sold = np.array([sum(lots for _, lots in side) for side in sellers], dtype=np.int64)
    for route in routes(sold, bought, coupling.flows, fee):
        prices = int(coupling.prices[route.target]), int(coupling.prices[route.origin])
        for bid, ask, lots in _pairs(buyers[route.target], sellers[route.origin], route.lots):
            bid.take(lots)
            ask.take(lots)
            yield Match("coupled", bid.order.id, ask.order.id, lots, *prices, route.fee)


def _by_city(side: list[tuple[int, _Open, int]], n: int) -> list[Queue]:
    found: list[list[tuple[_Open, int]]] = [[] for _ in range(n)]
    for city, one, lots in side:
        found[city].append((one, lots))
    return [_price_time(each) for each in found]


def _price_time(side: list[tuple[_Open, int]]) -> Queue:
    return deque(
        sorted(side, key=lambda each: -each[0].order.price if each[0].order.side is Side.BUY else each[0].order.price)
    )


def _pairs(buyers: Queue, sellers: Queue, lots: int | None = None) -> Iterator[tuple[_Open, _Open, int]]:
    """Buyers and sellers in their order, at most `lots`; both queues are used up as far as they were paired."""
    while buyers and sellers and lots != 0:
        (buyer, wants), (seller, offers) = buyers.popleft(), sellers.popleft()
        part = min(wants, offers) if lots is None else min(wants, offers, lots)
        lots = None if lots is None else lots - part
        if wants > part:
            buyers.appendleft((buyer, wants - part))
        if offers > part:
            sellers.appendleft((seller, offers - part))
        yield buyer, seller, part


def _levels(side: Iterable[_Open], *, dearest: bool) -> tuple[Level, ...]:
    lots: dict[int, int] = {}
    for one in side:
        if one.lots:
            lots[one.order.price] = lots.get(one.order.price, 0) + one.lots
    return tuple(sorted(lots.items(), reverse=dearest))


def _frame(side: list[tuple[int, _Open]]) -> dict[str, Lots]:
    columns = ([i for i, _ in side], [one.order.price for _, one in side], [one.lots for _, one in side])
    city, price, lots = (np.array(column, dtype=np.int64) for column in columns)
    return {"city": city, "price": price, "lots": lots}


def _figures(
    name: str,
    index: int,
    clearing: Clearing,
    coupling: Coupling,
    book: tuple[tuple[Level, ...], tuple[Level, ...]],
    left: tuple[list[_Open], list[_Open]],
) -> CitySession:
    price = int(coupling.prices[index])
    return CitySession(
        city=name,
        local_price=clearing.price,
        local_lots=clearing.lots,
        coupled_price=price if coupling.traded[index] else None,
        quotation=price,
        imported_lots=int(coupling.flows[:, index].sum()),
        exported_lots=int(coupling.flows[index].sum()),
        bid_lots=sum(lots for _, lots in book[0]),
        ask_lots=sum(lots for _, lots in book[1]),
        bids=book[0],
        asks=book[1],
        unfilled_bids=_levels(left[0], dearest=True),
        unfilled_asks=_levels(left[1], dearest=False),
    )
