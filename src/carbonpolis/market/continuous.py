"""Continuous trading across cities: home first, then the surplus cities by net price, surplus re-counted as trades
happen.

A buyer bids in the book of its own city, a seller offers in the book of the city where its units originate. So an order
that comes meets its own city's book first, to its limit. What remains goes to the other cities at the best price after
fees: a buyer to where ask plus fee is lowest, a seller to where bid less fee is highest; of equals, to the city that
comes first. A trade between cities takes lots out of the seller's city, and never more than its surplus: what its own
emitters still need stays.

A trade happens at the price of the order that waited. Abroad the fee comes on top: a buyer pays ask + fee; to a buyer
that waited, a seller yields bid - fee.

Where the books keep to a daily limit, an order that would pass it at home turns that book into a call (trading.py).
From outside no order comes to a price beyond the limit, nor to a book that is in a call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from numpy.typing import ArrayLike

from carbonpolis.errors import OrderRejected, OrderUnknown
from carbonpolis.market.book import SIDES, TIFS, OrderBook, Records
from carbonpolis.market.fees import PRICE_BOUND, counts, fees_between
from carbonpolis.market.order import CityFill, Fill, Known
from carbonpolis.market.quotes import NO_ASK, Quotes
from carbonpolis.market.reach import within_reach
from carbonpolis.market.trading import Phase, TradedBook

LOTS_BOUND = 2**40  # so that a side never holds more than an int64
_SELF_TRADES = ("cancel_resting", "allow")


class CityBooks:
    """The order books of all cities, and the way between them.

    surplus: lots that each city may send out. fee: per lot, a matrix city x city, or a vector, then
    fee[i, j] = fee[i] + fee[j]; 0 at home. Order ids are unique over all cities. self_trade: "cancel_resting" or
    "allow". halls: the cities' books with the venue's rules around them, empty ones; without them prices have no limit.
    Raises ValueError for fees or surplus of another shape, below 0, or no whole numbers.
    """

    def __init__(
        self,
        surplus: ArrayLike,
        fee: ArrayLike,
        *,
        self_trade: str = "cancel_resting",
        halls: Sequence[TradedBook] = (),
    ) -> None:
        self.surplus = counts(surplus, "surplus").copy()
        cities = len(self.surplus)
        self.fee = fees_between(fee, cities)
        if self_trade not in _SELF_TRADES:
            raise ValueError(f"self_trade is {self_trade!r}; expected {', '.join(_SELF_TRADES)} across cities")
        self._self_trade = self_trade
        self.halls = list(halls)
        self._books = [] if halls else [OrderBook(self_trade) for _ in range(cities)]
        self._bands = [hall.limits for hall in self.halls]
        self.removed: list[tuple[int, int]] = []
        self._quotes = Quotes(self.fee)
        self._known: dict[int, Known] = {}
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
        return self._enter(Known(city, owner, side, tif, post_only, self._entered), order_id, lots, price)

    def restore(
        self, city: int, order_id: int, owner: int, side: str, lots: int, price: int, tif: str, post_only: bool
    ) -> None:
        """Put an order back that rested before, behind those put back already; it meets nobody, at home or abroad."""
        self._check(city, order_id, lots, price)
        if self.halls:
            self.halls[city].restore(order_id, owner, side, lots, price, tif, post_only)
        else:
            crossed = self._books[city].submit(order_id, owner, side, lots, price, tif)
            assert not crossed, f"order {order_id} rested in a book that it crosses"
        self._entered += 1
        self._known[order_id] = Known(city, owner, side, tif, post_only, self._entered)
        self._look_at(city)

    def __contains__(self, order_id: object) -> bool:
        return order_id in self._known

    @property
    def books(self) -> list[OrderBook]:
        """The order book of each city."""
        return [hall.book for hall in self.halls] or self._books

    def in_call(self, city: int) -> bool:
        """Whether a city's orders wait for the one price of a call auction."""
        return bool(self.halls) and self.halls[city].phase is Phase.CALL

    def cancel(self, order_id: int) -> int:
        """Take an order out; answers the lots removed. Raises OrderUnknown."""
        self.removed = []
        known = self._find(order_id)
        lots = (self.halls or self._books)[known.city].cancel(order_id)
        del self._known[order_id]
        self._look_at(known.city)
        return lots

    def amend(self, order_id: int, lots: int | None = None, price: int | None = None) -> list[CityFill]:
        """Change an order: the same price and no more lots keeps its place; anything else is as if it came anew, home
        first, then abroad. Raises OrderUnknown or OrderRejected; then the order stays as it was."""
        self.removed = []
        known = self._find(order_id)
        if self.in_call(known.city):
            self.halls[known.city].amend(order_id, lots, price)
            return []
        book = self._book(known.city)
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
        return self._send(city)

    def open(self, city: int, last_close: int) -> list[CityFill]:
        """Trade within the limit around a new close; what it lets meet other cities' orders does so."""
        self.removed = []
        self.halls[city].open(last_close)
        return self._at_new_limit(city)

    def uncross(self, city: int, reference: int | None = None) -> tuple[int | None, list[CityFill]]:
        """End a city's call: its price (None where nothing crossed) and the fills, those of the call first.

        What is left then may meet other cities' orders. Raises OrderRejected when the city is in no call.
        """
        self.removed = []
        ended = self.halls[city].uncross(reference)
        book, fills = self._book(city), []
        for fill in ended.fills:
            fills.append(
                CityFill(int(fill.maker_id), int(fill.taker_id), city, city, fill.lots, fill.price, fill.price)
            )
            for order_id in (int(fill.maker_id), int(fill.taker_id)):
                if order_id not in book:
                    self._known.pop(order_id, None)
        return ended.price, fills + self._at_new_limit(city)

    def would_trade(self, order_id: int, price: int) -> bool:
        """Whether an order would trade at once at another price."""
        return not self.in_call(self._find(order_id).city) and self._meets(self._find(order_id), price)

    def reaches_abroad(self, city: int, side: str, price: int | None) -> bool:
        """Whether an order of a city would meet another city's book if surplus had no end."""
        return self._quotes.reaches(city, side, price)

    def held_back(self) -> bool:
        """Whether any offer would meet a bid of another city if surplus had no end: then a recount may let it go."""
        return self._quotes.held_back()

    def depth(self, city: int, levels: int = 10) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
        """Bids and asks of one city's book, as OrderBook.depth."""
        return (self.halls or self._books)[city].depth(levels)

    def expire_day(self) -> list[tuple[int, int]]:
        """End the day everywhere: takes out every day order; answers their (order id, lots), city by city.

        Calls are ended first (`uncross`).
        """
        assert not any(map(self.in_call, range(len(self.surplus)))), "a day ends with no book in a call"
        gone = [each for book in self.books for each in book.expire_day()]
        for order_id, _ in gone:
            del self._known[order_id]
        for city in range(len(self.surplus)):
            self._look_at(city)
        return gone

    def _enter(self, known: Known, order_id: int, lots: int, price: int | None) -> list[CityFill]:
        home, side = known.city, known.side
        name = f"order {order_id}"
        if self.halls and self.halls[home].phase is not Phase.CONTINUOUS:
            self.halls[home].submit(order_id, known.owner, side, lots, price, known.tif, known.post_only)
            self._remember(order_id, known)
            return []
        if known.post_only and self._meets(known, price):
            raise OrderRejected(name, "it is post-only and would trade at once.")
        if known.tif == "fok" and self._within_reach(known, price) < lots:
            return []
        there = self._best_abroad(home, side)
        abroad = there is not None and self._pays(known, there, price)
        rests = price is not None and known.tif in ("gtc", "day")
        limit = self._inside(home, side, price) if known.tif == "fok" else price
        fills = self._take(home, known, order_id, lots, limit, "ioc" if abroad or not rests else known.tif)
        left = lots - sum(fill.lots for fill in fills)
        if self.in_call(home):  # it came to the limit: what is left of it waits for the price of the call
            hall = self.halls[home]
            if left and abroad and rests and price is not None:
                hall.join(order_id, known.owner, side, left, price, known.tif)
                self._take_out(hall.removed)
            if order_id in hall:
                self._remember(order_id, known)
            return fills
        while left and there is not None and self._pays(known, there, price):
            seller = there if side == "buy" else home
            best = int((self._quotes.asks if side == "buy" else self._quotes.bids)[there])
            found = self._take(there, known, order_id, min(left, int(self.surplus[seller])), best, "ioc")
            sent = sum(fill.lots for fill in found)
            self.surplus[seller] -= sent
            self._look_at(seller)
            left -= sent
            fills += found
            there = self._best_abroad(home, side)
        if left and rests:
            if abroad:
                crossed = self._book(home).submit(order_id, known.owner, side, left, price, known.tif)
                assert not crossed, f"{name} rests in a book that it crosses"
                self._look_at(home)
            self._remember(order_id, known)
        return fills

    def _inside(self, home: int, side: str, price: int | None) -> int | None:
        """A limit that does not pass the daily one: what must fill whole can't leave a part to a call."""
        if not self.halls:
            return price
        low, high = self._bands[home]
        if side == "buy":
            return high if price is None else min(price, high)
        return low if price is None else max(price, low)

    def _remember(self, order_id: int, known: Known) -> None:
        self._entered += 1
        self._known[order_id] = replace(known, entered=self._entered)

    def _take(self, city: int, known: Known, order_id: int, lots: int, price: int | None, tif: str) -> list[CityFill]:
        """Fill in one city's book what can be filled there."""
        home = self.halls[city] if self.halls and city == known.city else None
        book = home or self._book(city)
        found = book.submit(order_id, known.owner, known.side, lots, price, tif)
        self._take_out(book.removed)
        book = self._book(city)
        for fill in found:
            if fill.maker_id not in book:
                del self._known[int(fill.maker_id)]
        self._look_at(city)
        seller, buyer = (city, known.city) if known.side == "buy" else (known.city, city)
        return [self._between(seller, buyer, fill, maker_sells=known.side == "buy") for fill in found]

    def _take_out(self, removed: Sequence[tuple[int, int]]) -> None:
        for order_id, lots in removed:
            if self._known.pop(order_id, None):
                self.removed.append((order_id, lots))

    def _at_new_limit(self, city: int) -> list[CityFill]:
        self._bands[city] = self.halls[city].limits
        self._look_at(city)
        fills = self._send(city)
        seller = self._best_abroad(city, "buy")
        while seller is not None and self._quotes.asks[seller] + self.fee[seller, city] <= self._quotes.bids[city]:
            fills += self._meet(seller, city)
            seller = self._best_abroad(city, "buy")
        return fills

    def _send(self, city: int) -> list[CityFill]:
        """Let a city's offers that may leave meet the best bids of others."""
        fills: list[CityFill] = []
        while self.surplus[city] and self._quotes.asks[city] != NO_ASK:
            buyer = self._best_abroad(city, "sell")
            if buyer is None or self._quotes.bids[buyer] - self.fee[city, buyer] < self._quotes.asks[city]:
                break
            fills += self._meet(city, buyer)
        return fills

    def _between(self, seller: int, buyer: int, fill: Fill, *, maker_sells: bool) -> CityFill:
        """A fill at the maker's price: the fee is added for the one who buys, or taken off for the one who sells."""
        fee = int(self.fee[seller, buyer])
        price = fill.price if maker_sells else fill.price - fee
        return CityFill(int(fill.maker_id), int(fill.taker_id), seller, buyer, fill.lots, price, price + fee)

    def _meet(self, seller: int, buyer: int) -> list[CityFill]:
        """The first offer of one city against the first bid of another, both of which wait."""
        ask, bid = self._book(seller).front("sell"), self._book(buyer).front("buy")
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
                self._book(city).cancel(one.order_id)
                del self._known[one.order_id]
            else:
                self._book(city).amend(one.order_id, one.lots - lots)
            self._look_at(city)
        self.surplus[seller] -= lots
        self._look_at(seller)
        return [fill]

    def _best_abroad(self, home: int, side: str) -> int | None:
        """The city whose best price is best for an order from home, fees and surplus regarded; None where none is."""
        if side == "buy":
            return self._quotes.best_ask(home)
        return self._quotes.best_bid(home) if self.surplus[home] else None

    def _pays(self, known: Known, there: int, price: int | None) -> bool:
        """Whether the best price of another city, net of the fee, is within an order's limit."""
        if price is None:
            return True
        if known.side == "buy":
            return bool(self._quotes.asks[there] + self.fee[there, known.city] <= price)
        return bool(self._quotes.bids[there] - self.fee[known.city, there] >= price)

    def _meets(self, known: Known, price: int | None) -> bool:
        """Whether an order would trade at once, at home or abroad."""
        book = self._book(known.city)
        best = book.best_ask if known.side == "buy" else book.best_bid
        if best is not None and (price is None or (best <= price if known.side == "buy" else best >= price)):
            return True
        there = self._best_abroad(known.city, known.side)
        return there is not None and self._pays(known, there, price)

    def _within_reach(self, known: Known, price: int | None) -> int:
        """Lots that an order could get at home and abroad together; looks at every order, since fok must know."""
        books = [self._may_meet(known, city, book.orders()) for city, book in enumerate(self.books)]
        buys = known.side == "buy"
        return within_reach(books, known.city, buys=buys, price=price, fee=self.fee, surplus=self.surplus)

    def _may_meet(self, known: Known, city: int, orders: Records) -> Records:
        if self.halls:
            low, high = self._bands[city]
            open_now = not self.in_call(city)
            orders = orders[(orders["price"] >= low) & (orders["price"] <= high) & open_now]
        return orders[orders["owner"] != known.owner] if self._self_trade == "cancel_resting" else orders

    def _look_at(self, city: int) -> None:
        book = self._book(city)
        ask, bid = book.best_ask, book.best_bid
        if self.halls:
            low, high = self._bands[city]
            shut = self.halls[city].phase is not Phase.CONTINUOUS
            ask = None if shut or ask is None or not low <= ask <= high else ask
            bid = None if shut or bid is None or not low <= bid <= high else bid
        self._quotes.show(city, ask, bid, int(self.surplus[city]))

    def _check(self, city: int, order_id: int | None, lots: int, price: int | None) -> None:
        if not 0 <= city < len(self.surplus):
            raise ValueError(f"city is {city}; expected 0 to {len(self.surplus) - 1}")
        if price is not None and not -PRICE_BOUND <= price <= PRICE_BOUND:
            raise ValueError(f"price is {price}; expected at most {PRICE_BOUND} either way between cities")
        if lots > LOTS_BOUND:
            raise OrderRejected(f"order {order_id}", f"it is for {lots} lots; expected at most {LOTS_BOUND}.")
        if order_id is not None and order_id in self._known:
            raise OrderRejected(f"order {order_id}", "an order of that id rests in a book already.")

    def _book(self, city: int) -> OrderBook:
        return self.halls[city].book if self.halls else self._books[city]

    def _find(self, order_id: int) -> Known:
        if order_id not in self._known:
            raise OrderUnknown(order_id)
        return self._known[order_id]
