"""Continuous trading across cities: home first, then the surplus cities by net price, surplus re-counted as trades
happen.

A buyer bids in the book of its own city, a seller offers in the book of the city where its units originate. So an order
that comes meets its own city's book first, to its limit. What remains goes to the other cities at the best price after
fees: a buyer to where ask plus fee is lowest, a seller to where bid less fee is highest; of equals, to the city that
comes first. A trade between cities takes lots out of the seller's city, and never more than its surplus: what its own
emitters still need stays.

A trade happens at the price of the order that waited. Abroad the fee comes on top: a buyer pays ask + fee; to a buyer
that waited, a seller yields bid - fee.

Where the books keep to a daily limit, an order that would pass it at home turns that book into a call
(`circuit_breaker`). From outside no order comes to a price beyond the limit, nor to a book that is in a call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from carbonpolis.errors import OrderRejected, OrderUnknown
from carbonpolis.market.continuous.best_quotes import NO_ASK
from carbonpolis.market.continuous.circuit_breaker import Phase, TradedBook
from carbonpolis.market.continuous.fees import PRICE_BOUND, counts, fees_between
from carbonpolis.market.continuous.liquidity import meetable, meets_own, within_reach
from carbonpolis.market.continuous.routing import Routing
from carbonpolis.market.continuous.types import CityFill, Known
from carbonpolis.market.continuous.validation import check, post_only, rows, runs
from carbonpolis.market.matching.order_book import SELF_TRADES, OrderBook, refusal
from carbonpolis.market.matching.types import Fill, Outcome, Ticket, crosses, keeps_place


class CityBooks:
    """The order books of all cities, and the way between them.

    surplus: lots that each city may send out. fee: per lot, a matrix city x city, or a vector, then
    fee[i, j] = fee[i] + fee[j]; 0 at home. Order ids are unique over all cities. self_trade: as in OrderBook; with
    "reject_incoming" an order is refused where it could trade with one of its own owner's, however far away that
    waits. halls: the cities' books with the venue's rules around them, empty ones; without them prices have no limit.
    Raises ValueError for fees or surplus of another shape, below 0, or no whole numbers, and for halls that stand in
    other CityBooks: a book is routed once.
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
        self._fee: list[list[int]] = self.fee.tolist()
        if self_trade not in SELF_TRADES:
            raise ValueError(f"self_trade is {self_trade!r}; expected {', '.join(SELF_TRADES)}")
        self._self_trade = self_trade
        self.halls = list(halls)
        self.books = [hall.book for hall in halls] or [OrderBook(self_trade) for _ in range(cities)]
        self.removed: list[tuple[int, int]] = []
        self.refused: dict[int, OrderRejected] = {}
        self._routing = Routing(self.surplus, self.fee)
        self._quotes = self._routing.quotes
        self._known: dict[int, Known] = {}
        self._entered = 0
        self.calls: set[int] = set()  # cities that are in a call
        self._any = [(-PRICE_BOUND, PRICE_BOUND)] * cities
        for city in range(cities):
            self._look_at(city)

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
        ticket = Ticket(order_id, owner, side, lots, price, tif, post_only)
        self._check(city, ticket)
        fills = self._enter(city, ticket)
        if self.refused:
            raise self.refused[order_id]
        return fills

    def process(self, cities: Sequence[int], orders: Sequence[Ticket]) -> list[CityFill]:
        """Take many orders in, each at its city, as `submit` one by one; answers all fills in the order of execution.

        What `submit` would refuse is skipped and told in `refused`, by order id. Raises ValueError for an order that
        can be none; then nothing has changed.
        """
        refused: dict[int, OrderRejected] = {}
        where: dict[int, int] = {}
        given: list[Ticket] = []
        for city, ticket in zip(cities, orders, strict=True):
            try:
                self._check(city, ticket, where)
            except OrderRejected as problem:
                refused[ticket.order_id] = problem
            else:
                where[ticket.order_id] = city
                given.append(ticket)
        removed: list[tuple[int, int]] = []
        fills: list[CityFill] = []
        for start, end in runs(given, alone=self._self_trade == "reject_incoming"):
            part = given[start:end]
            try:
                fills += self._enter(where[part[0].order_id], part[0]) if len(part) == 1 else self._run(where, part)
            except OrderRejected as problem:
                self.removed, self.refused = [], {part[0].order_id: problem}
            removed += self.removed
            refused.update(self.refused)
        self.removed, self.refused = removed, refused
        return fills

    def restore(
        self, city: int, order_id: int, owner: int, side: str, lots: int, price: int, tif: str, post_only: bool
    ) -> None:
        """Put an order back that rested before, behind those put back already; it meets nobody, at home or abroad."""
        ticket = Ticket(order_id, owner, side, lots, price, tif, post_only)
        self._check(city, ticket)
        if self.halls:
            self.halls[city].restore(order_id, owner, side, lots, price, tif, post_only)
        else:
            crossed = self.books[city].submit(*ticket)
            assert not crossed, f"order {order_id} rested in a book that it crosses"
        self._remember(city, ticket, lots)
        self._look_at(city)

    def __contains__(self, order_id: object) -> bool:
        return order_id in self._known

    def in_call(self, city: int) -> bool:
        """Whether a city's orders wait for the one price of a call auction."""
        return bool(self.halls) and self.halls[city].phase is Phase.CALL

    def cancel(self, order_id: int) -> int:
        """Take an order out; answers the lots removed. Raises OrderUnknown."""
        self.removed = []
        city = self._find(order_id).city
        lots = (self.halls or self.books)[city].cancel(order_id)
        del self._known[order_id]
        self._look_at(city)
        return lots

    def amend(self, order_id: int, lots: int | None = None, price: int | None = None) -> list[CityFill]:
        """Change an order: the same price and no more lots keeps its place; anything else is as if it came anew, home
        first, then abroad. Raises OrderUnknown or OrderRejected; then the order stays as it was."""
        self.removed = []
        known = self._find(order_id)
        old = known.ticket
        lots, price = known.open if lots is None else lots, old.price if price is None else price
        assert old.price is not None and price is not None, "what rests has a limit"
        if self.in_call(known.city):
            self.halls[known.city].amend(order_id, lots, price)
            known.ticket, known.open = old._replace(lots=lots, price=price), lots
            return []
        if keeps_place(lots, price, before=(known.open, old.price)):
            self.books[known.city].amend(order_id, lots)
            known.open = lots
            return []
        changed = old._replace(lots=lots, price=price)
        check(changed)
        if changed.post_only and self._meets(known.city, changed):
            raise post_only(order_id)
        self.cancel(order_id)
        return self._enter(known.city, changed)

    def recount(self, city: int, surplus: int) -> list[CityFill]:
        """Tell a city's surplus anew, lots: units were issued, or its emitters' obligations changed.

        Offers that had to stay at home may now leave: the best offer meets the best net bid abroad, again and again, at
        the price of whichever of the two was entered earlier.
        """
        if surplus < 0:
            raise ValueError(f"a surplus of {surplus} lots; expected 0 or more")
        self.removed = []
        self.surplus[city] = surplus
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
        self.books[city] = self.halls[city].book
        fills = []
        for fill in ended.fills:
            maker, taker = int(fill.maker_id), int(fill.taker_id)
            fills.append(CityFill(maker, taker, city, city, fill.lots, fill.price, fill.price))
            self._fill(maker, fill.lots)
            self._fill(taker, fill.lots)
        return ended.price, fills + self._at_new_limit(city)

    def would_trade(self, order_id: int, price: int) -> bool:
        """Whether an order would trade at once at another price."""
        known = self._find(order_id)
        return not self.in_call(known.city) and self._meets(known.city, known.ticket._replace(price=price))

    def depth(self, city: int, levels: int = 10) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
        """Bids and asks of one city's book, as OrderBook.depth."""
        return (self.halls or self.books)[city].depth(levels)

    def expire_day(self) -> list[tuple[int, int]]:
        """End the day everywhere: takes out every day order; answers their (order id, lots), city by city.

        Calls are ended first (`uncross`).
        """
        assert not self.calls, "a day ends with no book in a call"
        gone = [each for book in self.books for each in book.expire_day()]
        for order_id, _ in gone:
            del self._known[order_id]
        for city in range(len(self.surplus)):
            self._look_at(city)
        return gone

    def _enter(self, city: int, ticket: Ticket) -> list[CityFill]:
        if self._self_trade == "reject_incoming" and meets_own(self._known.values(), ticket, city, self.fee):
            raise refusal(Outcome.MEETS_OWN, ticket.order_id)
        if not self.in_call(city):
            if ticket.post_only and self._meets(city, ticket):
                raise post_only(ticket.order_id)
            if ticket.tif == "fok" and self._within_reach(city, ticket) < ticket.lots:
                self.removed, self.refused = [], {}
                return []
        return self._run({ticket.order_id: city}, [ticket])

    def _run(self, home: Mapping[int, int], tickets: Sequence[Ticket]) -> list[CityFill]:
        """Take orders in that no book refuses, unless it is in a call. home: the city of each order, by id."""
        self.removed, self.refused = [], {}
        if self.halls:
            tickets = [self.halls[home[ticket.order_id]].protected(ticket) for ticket in tickets]
        cities = np.array([home[ticket.order_id] for ticket in tickets], np.int64)
        early: list[tuple[int, int]] = []

        def halted(place: int, left: int, went: bool) -> int:
            return self._halted(int(cities[place]), tickets[place], left, went, early)

        def waits(place: int, lots: int, _: bool) -> int:
            return self._waits(int(cities[place]), tickets[place], lots)

        found, places, rest = self._routing.run(rows(tickets), cities, self.books, halted=halted, waits=waits)
        for ticket, lots in zip(tickets, rest.tolist(), strict=True):
            if lots:
                self._remember(home[ticket.order_id], ticket, lots)
        sells = {ticket.order_id for ticket in tickets if ticket.side == "sell"}
        fills = []
        for (maker, taker, price, lots), place in zip(found, places, strict=True):
            taker_sells = taker in sells
            seller, buyer = (home[taker], place) if taker_sells else (place, home[taker])
            fee = self._fee[seller][buyer]
            got = price - fee if taker_sells else price
            fills.append(CityFill(maker, taker, seller, buyer, lots, got, got + fee))
            self._fill(maker, lots)
        self._take_out([*early, *self._routing.removed(self.books)])
        return fills

    def _waits(self, city: int, ticket: Ticket, lots: int) -> int:
        try:
            self.halls[city].submit(ticket)
        except OrderRejected as problem:
            self.refused[ticket.order_id] = problem
            return 0
        return lots

    def _halted(self, city: int, ticket: Ticket, left: int, went: bool, removed: list[tuple[int, int]]) -> int:
        """An order came to the limit of its own book: what is left of it waits for the price of the call."""
        hall = self.halls[city]
        hall.halted_by(ticket.order_id)
        if left and went and ticket.price is not None and ticket.tif in ("gtc", "day"):
            hall.join(ticket.order_id, ticket.owner, ticket.side, left, ticket.price, ticket.tif)
        removed += hall.removed
        self._look_at(city)
        return left if ticket.order_id in hall else 0

    def _remember(self, city: int, ticket: Ticket, lots: int) -> None:
        self._entered += 1
        self._known[ticket.order_id] = Known(city, ticket, lots, self._entered)

    def _fill(self, order_id: int, lots: int) -> None:
        """Lots of an order that rested traded."""
        known = self._known[order_id]
        known.open -= lots
        if not known.open:
            del self._known[order_id]

    def _take_out(self, removed: Sequence[tuple[int, int]]) -> None:
        for order_id, lots in removed:
            if self._known.pop(order_id, None):
                self.removed.append((order_id, lots))

    def _at_new_limit(self, city: int) -> list[CityFill]:
        fills = self._send(city)
        seller = self._quotes.best_ask(city)
        while seller is not None and self._quotes.asks[seller] + self.fee[seller, city] <= self._quotes.bids[city]:
            fills += self._meet(seller, city)
            seller = self._quotes.best_ask(city)
        return fills

    def _send(self, city: int) -> list[CityFill]:
        """Let a city's offers that may leave meet the best bids of others."""
        self._look_at(city)
        fills: list[CityFill] = []
        while self.surplus[city] and self._quotes.asks[city] != NO_ASK:
            buyer = self._quotes.best_bid(city)
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
            else:
                self.books[city].amend(one.order_id, one.lots - lots)
            self._fill(one.order_id, lots)
            self._look_at(city)
        self.surplus[seller] -= lots
        return [fill]

    def _meets(self, city: int, ticket: Ticket) -> bool:
        """Whether an order would trade at once, at home or abroad."""
        book, quotes, buys, price = self.books[city], self._quotes, ticket.side == "buy", ticket.price
        best = book.best_ask if buys else book.best_bid
        if best is not None and crosses(ticket.side, price, best):
            return True
        there = quotes.best_ask(city) if buys else quotes.best_bid(city)
        if there is None:
            return False
        net = quotes.asks[there] + self.fee[there, city] if buys else quotes.bids[there] - self.fee[city, there]
        return crosses(ticket.side, price, int(net))

    def _within_reach(self, city: int, ticket: Ticket) -> int:
        """Lots that an order could get at home and abroad together; looks at every order, since fok must know."""
        limits = [None if self.in_call(there) else hall.limits for there, hall in enumerate(self.halls)] or self._any
        skip = ticket.owner if self._self_trade == "cancel_resting" else None
        sides = [
            meetable(book.orders(), within, buys=ticket.side == "buy", skip=skip)
            for book, within in zip(self.books, limits, strict=True)
        ]
        return within_reach(sides, city, ticket, fee=self.fee, surplus=self.surplus)

    def _look_at(self, city: int) -> None:
        hall = self.halls[city] if self.halls else None
        is_open = hall is None or hall.phase is Phase.CONTINUOUS
        self._routing.show(city, self.books[city], hall.limits if hall else None, is_open=is_open)
        (self.calls.add if self.in_call(city) else self.calls.discard)(city)

    def _check(self, city: int, ticket: Ticket, others: Mapping[int, int] = MappingProxyType({})) -> None:
        if not 0 <= city < len(self.surplus):
            raise ValueError(f"city is {city}; expected 0 to {len(self.surplus) - 1}")
        check(ticket)
        if ticket.order_id in self._known or ticket.order_id in others:
            raise OrderRejected(f"order {ticket.order_id}", "an order of that id rests in a book already.")

    def _find(self, order_id: int) -> Known:
        if order_id not in self._known:
            raise OrderUnknown(order_id)
        return self._known[order_id]
