"""Continuous trading across cities: home first, then the surplus cities by net price, surplus re-counted as trades
happen.

A buyer bids in the book of its own city, a seller offers in the book of the city where its units originate. So an order
that comes meets its own city's book first, to its limit. What remains goes to the other cities at the best price after
fees: a buyer to where ask plus fee is lowest, a seller to where bid less fee is highest; of equals, to the city that
comes first. A trade between cities takes lots out of the seller's city, and never more than its surplus: what its own
emitters still need stays.

A trade happens at the price of the order that waited. Abroad the fee comes on top: a buyer pays ask + fee; to a buyer
that waited, a seller yields bid - fee.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonpolis.errors import OrderRejected, OrderUnknown
from carbonpolis.market.auction import whole
from carbonpolis.market.book import SIDES, TIFS, OrderBook
from carbonpolis.market.order import Fill

_NO_ASK, _NO_BID, _AT_HOME = 2**62, -(2**62), 2**61  # beyond any price and fee, and still sums of int64
PRICE_BOUND = 2**60  # a price and a fee must sum within an int64
LOTS_BOUND = 2**40  # so that a side never holds more than an int64
_SELF_TRADES = ("cancel_resting", "allow")


@dataclass(frozen=True, slots=True)
class CityFill:
    """Lots from a seller's to a buyer's city. Prices in minor units per lot; buyer_price = seller_price + fee."""

    maker_id: int
    taker_id: int
    seller_city: int
    buyer_city: int
    lots: int
    seller_price: int
    buyer_price: int

    @property
    def fee(self) -> int:
        """Transfer fee, minor units per lot; 0 at home."""
        return self.buyer_price - self.seller_price


@dataclass(frozen=True, slots=True)
class _Known:
    city: int
    owner: int
    side: str
    tif: str
    post_only: bool
    entered: int


class CityBooks:
    """The order books of all cities, and the way between them.

    surplus: lots that each city may send out. fee: per lot, a matrix city x city, or a vector, then
    fee[i, j] = fee[i] + fee[j]; 0 at home. Order ids are unique over all cities. books: each city's, empty by default;
    an order already in one is not known here. self_trade: "cancel_resting" or "allow".
    Raises ValueError for fees or surplus of another shape, below 0, or no whole numbers.
    """

    def __init__(self, surplus: ArrayLike, fee: ArrayLike, *, self_trade: str = "cancel_resting") -> None:
        self.surplus = _counts(surplus, "surplus").copy()
        cities = len(self.surplus)
        self.fee = _fees(fee, cities)
        if self_trade not in _SELF_TRADES:
            raise ValueError(f"self_trade is {self_trade!r}; expected {', '.join(_SELF_TRADES)} across cities")
        self._self_trade = self_trade
        self.books = [OrderBook(self_trade) for _ in range(cities)]
        self.removed: list[tuple[int, int]] = []
        self._asks = np.full(cities, _NO_ASK, dtype=np.int64)
        self._bids = np.full(cities, _NO_BID, dtype=np.int64)
        self._free_asks = self._asks.copy()  # of the cities that have surplus
        away = self.fee + np.diag(np.full(cities, _AT_HOME, dtype=np.int64))
        self._fee_from, self._fee_to = away, np.ascontiguousarray(away.T)
        self._known: dict[int, _Known] = {}
        self._entered = 0

    def submit(
        self,
        city: int,
        order_id: int,
        owner: int,
        side: str,
        lots: int,
        price: int | None = None,
        tif: str = "gtc",
        post_only: bool = False,
    ) -> list[CityFill]:
        """Take an order in at its city; answers its fills at home, then abroad, in the order of execution.

        Everything as in OrderBook.submit; a fok order counts what it could get at home and abroad together, and post-
        only is refused where it would trade anywhere. Raises OrderRejected and ValueError as that does; nothing has
        changed then.
        """
        self.removed = []
        self._check(city, order_id, lots, price)
        for what, given, choices in (("side", side, SIDES), ("tif", tif, TIFS)):
            if given not in choices:
                raise ValueError(f"{what} is {given!r}; expected {', '.join(choices)}")
        return self._enter(_Known(city, owner, side, tif, post_only, self._entered), order_id, lots, price)

    def restore(
        self, city: int, order_id: int, owner: int, side: str, lots: int, price: int, tif: str, post_only: bool
    ) -> None:
        """Put an order back that rested before, behind those put back already; it meets nobody, at home or abroad."""
        self._check(city, order_id, lots, price)
        crossed = self.books[city].submit(order_id, owner, side, lots, price, tif)
        assert not crossed, f"order {order_id} rested in a book that it crosses"
        self._entered += 1
        self._known[order_id] = _Known(city, owner, side, tif, post_only, self._entered)
        self._look_at(city)

    def __contains__(self, order_id: object) -> bool:
        return order_id in self._known

    def cancel(self, order_id: int) -> int:
        """Take an order out; answers the lots removed. Raises OrderUnknown."""
        self.removed = []
        known = self._find(order_id)
        lots = self.books[known.city].cancel(order_id)
        del self._known[order_id]
        self._look_at(known.city)
        return lots

    def amend(self, order_id: int, lots: int | None = None, price: int | None = None) -> list[CityFill]:
        """Change an order: the same price and no more lots keeps its place; anything else is as if it came anew, home
        first, then abroad. Raises OrderUnknown or OrderRejected; then the order stays as it was."""
        self.removed = []
        known = self._find(order_id)
        book = self.books[known.city]
        old = book.find(order_id)
        assert old is not None, f"order {order_id} is known and rests nowhere"
        open_lots, old_price = old.lots, old.price
        lots, price = open_lots if lots is None else lots, old_price if price is None else price
        if price == old_price and lots <= open_lots:
            book.amend(order_id, lots)
            return []
        if lots < 1:
            raise OrderRejected(f"order {order_id}", "it is for less than 1 lot; to take an order out, cancel it.")
        self._check(known.city, None, lots, price)
        if known.post_only and self._meets(known, price):
            raise OrderRejected(f"order {order_id}", "it is post-only and would trade at once.")
        self.cancel(order_id)
        return self._enter(known, order_id, lots, price)

    def recount(self, city: int, surplus: int) -> list[CityFill]:
        """Tell a city's surplus anew, lots: units were issued, or its emitters' obligations changed.

        Offers that had to stay at home may now leave: the best offer meets the best net bid abroad, again and again, at
        the price of whichever of the two was entered earlier.
        """
        if surplus < 0:
            raise ValueError(f"a surplus of {surplus} lots; expected 0 or more")
        self.removed = []
        self.surplus[city] = surplus
        self._look_at(city)
        fills: list[CityFill] = []
        while self.surplus[city] and self._asks[city] != _NO_ASK:
            buyer = self._best_abroad(city, "sell")
            if buyer is None or self._bids[buyer] - self.fee[city, buyer] < self._asks[city]:
                break
            fills += self._meet(city, buyer)
        return fills

    def reaches_abroad(self, city: int, side: str, price: int | None) -> bool:
        """Whether an order of a city would meet another city's book if surplus had no end."""
        if side == "buy":
            return bool((self._asks + self._fee_to[city]).min() <= (PRICE_BOUND if price is None else price))
        return bool((self._fee_from[city] - self._bids).min() <= (PRICE_BOUND if price is None else -price))

    def held_back(self) -> bool:
        """Whether any offer would meet a bid of another city if surplus had no end: then a recount may let it go."""
        if self._asks.min() > self._bids.max():
            return False
        return bool((self._asks[:, None] + self._fee_from <= self._bids[None, :]).any())

    def depth(self, city: int, levels: int = 10) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
        """Bids and asks of one city's book, as OrderBook.depth."""
        return self.books[city].depth(levels)

    def expire_day(self) -> list[tuple[int, int]]:
        """End the day everywhere: takes out every day order; answers their (order id, lots), city by city."""
        gone = [each for book in self.books for each in book.expire_day()]
        for order_id, _ in gone:
            del self._known[order_id]
        for city in range(len(self.books)):
            self._look_at(city)
        return gone

    def _enter(self, known: _Known, order_id: int, lots: int, price: int | None) -> list[CityFill]:
        home, side = known.city, known.side
        name = f"order {order_id}"
        if known.post_only and self._meets(known, price):
            raise OrderRejected(name, "it is post-only and would trade at once.")
        if known.tif == "fok" and self._within_reach(known, price) < lots:
            return []
        there = self._best_abroad(home, side)
        abroad = there is not None and self._pays(known, there, price)
        rests = price is not None and known.tif in ("gtc", "day")
        fills = self._take(home, known, order_id, lots, price, "ioc" if abroad or not rests else known.tif)
        left = lots - sum(fill.lots for fill in fills)
        while left and there is not None and self._pays(known, there, price):
            seller = there if side == "buy" else home
            best = int((self._asks if side == "buy" else self._bids)[there])
            found = self._take(there, known, order_id, min(left, int(self.surplus[seller])), best, "ioc")
            sent = sum(fill.lots for fill in found)
            self.surplus[seller] -= sent
            self._look_at(seller)
            left -= sent
            fills += found
            there = self._best_abroad(home, side)
        if left and rests:
            if abroad:
                crossed = self.books[home].submit(order_id, known.owner, side, left, price, known.tif)
                assert not crossed, f"{name} rests in a book that it crosses"
                self._look_at(home)
            self._entered += 1
            self._known[order_id] = _Known(home, known.owner, side, known.tif, known.post_only, self._entered)
        return fills

    def _take(self, city: int, known: _Known, order_id: int, lots: int, price: int | None, tif: str) -> list[CityFill]:
        """Fill in one city's book what can be filled there."""
        book = self.books[city]
        found = book.submit(order_id, known.owner, known.side, lots, price, tif)
        for removed_id, removed_lots in book.removed:
            self.removed.append((removed_id, removed_lots))
            del self._known[removed_id]
        for fill in found:
            if fill.maker_id not in book:
                del self._known[int(fill.maker_id)]
        self._look_at(city)
        seller, buyer = (city, known.city) if known.side == "buy" else (known.city, city)
        return [self._between(seller, buyer, fill, maker_sells=known.side == "buy") for fill in found]

    def _between(self, seller: int, buyer: int, fill: Fill, *, maker_sells: bool) -> CityFill:
        """A fill at the maker's price: the fee is added for the one who buys, or taken off for the one who sells."""
        fee = int(self.fee[seller, buyer])
        price = fill.price if maker_sells else fill.price - fee
        return CityFill(int(fill.maker_id), int(fill.taker_id), seller, buyer, fill.lots, price, price + fee)

    def _meet(self, seller: int, buyer: int) -> list[CityFill]:
        """The first offer of one city against the first bid of another, both of which wait."""
        ask, bid = self.books[seller].front("sell"), self.books[buyer].front("buy")
        assert ask is not None, "a city has a best ask and no offer"
        assert bid is not None, "a city has a best bid and nobody who bids"
        first = self._known[ask.order_id].entered < self._known[bid.order_id].entered
        maker, taker = (ask, bid) if first else (bid, ask)
        if ask.owner == bid.owner and self._self_trade == "cancel_resting":
            taken_out = self.removed
            self.removed = [*taken_out, (maker.order_id, self.cancel(maker.order_id))]
            return []
        lots = min(ask.lots, bid.lots, int(self.surplus[seller]))
        fill = self._between(seller, buyer, Fill(maker.order_id, taker.order_id, maker.price, lots), maker_sells=first)
        for city, one in ((seller, ask), (buyer, bid)):
            if one.lots == lots:
                self.books[city].cancel(one.order_id)
                del self._known[one.order_id]
            else:
                self.books[city].amend(one.order_id, one.lots - lots)
            self._look_at(city)
        self.surplus[seller] -= lots
        self._look_at(seller)
        return [fill]

    def _best_abroad(self, home: int, side: str) -> int | None:
        """The city whose best price is best for an order from home, fees and surplus regarded; None where none is."""
        if side == "buy":
            net = self._free_asks + self._fee_to[home]
        elif self.surplus[home]:
            net = self._fee_from[home] - self._bids
        else:
            return None
        city = int(net.argmin())
        return city if net[city] < _AT_HOME else None

    def _pays(self, known: _Known, there: int, price: int | None) -> bool:
        """Whether the best price of another city, net of the fee, is within an order's limit."""
        if price is None:
            return True
        if known.side == "buy":
            return bool(self._asks[there] + self.fee[there, known.city] <= price)
        return bool(self._bids[there] - self.fee[known.city, there] >= price)

    def _meets(self, known: _Known, price: int | None) -> bool:
        """Whether an order would trade at once, at home or abroad."""
        book = self.books[known.city]
        best = book.best_ask if known.side == "buy" else book.best_bid
        if best is not None and (price is None or (best <= price if known.side == "buy" else best >= price)):
            return True
        there = self._best_abroad(known.city, known.side)
        return there is not None and self._pays(known, there, price)

    def _within_reach(self, known: _Known, price: int | None) -> int:
        """Lots that an order could get at home and abroad together; looks at every order, since fok must know."""
        home, other = known.city, 1 if known.side == "buy" else 0
        reach = []
        for city, book in enumerate(self.books):
            orders = book.orders()
            orders = orders[orders["side"] == other]
            if self._self_trade == "cancel_resting":
                orders = orders[orders["owner"] != known.owner]
            if price is not None and other:
                orders = orders[orders["price"] + self.fee[city, home] <= price]
            elif price is not None:
                orders = orders[orders["price"] - self.fee[home, city] >= price]
            reach.append(sum(orders["lots"].tolist()))
        abroad = [lots for city, lots in enumerate(reach) if city != home]
        if not other:
            return int(reach[home] + min(sum(abroad), int(self.surplus[home])))
        limits = [int(lots) for city, lots in enumerate(self.surplus) if city != home]
        return int(reach[home] + sum(min(pair) for pair in zip(abroad, limits, strict=True)))

    def _look_at(self, city: int) -> None:
        ask, bid = self.books[city].best_ask, self.books[city].best_bid
        self._asks[city] = _NO_ASK if ask is None else ask
        self._bids[city] = _NO_BID if bid is None else bid
        self._free_asks[city] = self._asks[city] if self.surplus[city] else _NO_ASK

    def _check(self, city: int, order_id: int | None, lots: int, price: int | None) -> None:
        if not 0 <= city < len(self.books):
            raise ValueError(f"city is {city}; expected 0 to {len(self.books) - 1}")
        if price is not None and not -PRICE_BOUND <= price <= PRICE_BOUND:
            raise ValueError(f"price is {price}; expected at most {PRICE_BOUND} either way between cities")
        if lots > LOTS_BOUND:
            raise OrderRejected(f"order {order_id}", f"it is for {lots} lots; expected at most {LOTS_BOUND}.")
        if order_id is not None and order_id in self._known:
            raise OrderRejected(f"order {order_id}", "an order of that id rests in a book already.")

    def _find(self, order_id: int) -> _Known:
        if order_id not in self._known:
            raise OrderUnknown(order_id)
        return self._known[order_id]


def _counts(values: ArrayLike, meaning: str) -> NDArray[np.int64]:
    counts = whole(values, meaning)
    if (counts < 0).any():
        raise ValueError(f"{meaning} below 0; expected 0 or more")
    return counts


def _fees(fee: ArrayLike, cities: int) -> NDArray[np.int64]:
    given = np.asarray(fee)
    if given.shape == (cities,):
        given = given[:, None] + given[None, :]
    if given.shape != (cities, cities):
        raise ValueError(f"fees of shape {given.shape}; expected one for each of {cities} cities, or for each pair")
    fees = _counts(given.ravel(), "fees").reshape(cities, cities)
    if (fees > PRICE_BOUND).any():
        raise ValueError(f"a fee above {PRICE_BOUND}; expected less")
    np.fill_diagonal(fees, 0)
    return fees
