"""The floor of continuous trading: all cities' books, and the line behind each order in them.

It is made from what the journal holds open, in the sequence of the orders' numbers, so that after a crash it comes back
as it was; whoever uses it drops it when a commit fails.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from carbonpolis.ledger import Account, Purpose
from carbonpolis.market.continuous.circuit_breaker import TradedBook
from carbonpolis.market.continuous.city_books import CityBooks
from carbonpolis.market.floor.inventory import Stock
from carbonpolis.market.floor.participant import Line, Seat
from carbonpolis.market.floor.trading_day import BookState, Print
from carbonpolis.market.order import Order
from carbonpolis.market.venue.admission import Check, default_admissions
from carbonpolis.market.venue.settings import Venue
from carbonpolis.registry.party import Party


@dataclass(frozen=True, slots=True)
class Standing:
    """What the journal says of the floor.

    cities: in the order of the books. orders: the open ones that have a number. parties: by id, of whoever deals.
    checks: of parties that are not simply active. books: the state of those whose last close is not the reference
    price. day: the day it is at, "" before the first; closed: whether that has ended, with `closes`. prints: that day's
    trades so far, by city. number: of the newest order.
    """

    cities: Sequence[str]
    orders: Iterable[Order]
    parties: Mapping[str, Party]
    checks: Mapping[str, Check]
    books: Mapping[str, BookState]
    day: str
    closed: bool
    closes: Mapping[str, int]
    prints: Mapping[str, Sequence[Print]]
    number: int


class Floor:
    """All cities' books, who deals, what lies where, and the day. number: of the newest order."""

    def __init__(self, standing: Standing, balances: Mapping[Account, int], venue: Venue) -> None:
        self.cities, self.venue, self.day, self.number = list(standing.cities), venue, standing.day, standing.number
        self.stock = Stock(balances)
        self.lines: dict[int, Line] = {}
        self.named: dict[str, Line] = {}
        self.tapes: dict[str, dict[str, list[Print]]] = {
            standing.day: {city: list(prints) for city, prints in standing.prints.items()}
        }
        self.checks, self.closed, self.closes = dict(standing.checks), standing.closed, dict(standing.closes)
        self.fees = {city: Account(city, venue.operator, venue.currency, Purpose.FEES) for city in self.cities}
        self.funds = {city: Account(city, "city", venue.currency, Purpose.FUND) for city in self.cities}
        self._places = {city: place for place, city in enumerate(self.cities)}
        self._seats: dict[str, Seat] = {}
        self.admissions = default_admissions()
        self.books = CityBooks(
            [self.stock.surplus_lots(city) for city in self.cities],
            [[venue.transfer_fee] * len(self.cities)] * len(self.cities),
            halls=[self._hall(standing.books.get(city)) for city in self.cities],
        )
        self.stock.moved.clear()
        self.fresh = True  # no command has counted its surplus yet
        for order in sorted(standing.orders, key=lambda each: each.number):
            self._restore(order, standing.parties[order.owner])

    def place(self, city: str) -> int:
        """The place of a city in the books."""
        return self._places[city]

    def seat(self, party: Party) -> Seat:
        """A party's seat; a new one where it is new here, or was registered anew."""
        seat = self._seats.get(party.id)
        if seat is None or seat.party is not party:
            number = seat.number if seat else len(self._seats) + 1
            check = self.checks.get(party.id, Check.ACTIVE)
            known = Seat(party, number, self.venue.currency, self.admissions.get(party.role.value), check)
            known.bid_lots = seat.bid_lots if seat else 0
            seat = self._seats[party.id] = known
        return seat

    def check(self, party: str, check: Check) -> None:
        """Take in how far a party is known from now on."""
        self.checks[party] = check
        if party in self._seats:
            self._seats[party].check = check

    def tape(self, day: str) -> dict[str, list[Print]]:
        """The trades of a day by city, in order: of the day that it is at, and of a later one that just begins."""
        return self.tapes.setdefault(day, {})

    def keep(self, line: Line) -> None:
        """Know an order as long as it is open."""
        if line.open:
            self.lines[line.number] = self.named[line.id] = line
        else:
            self.lines.pop(line.number, None)
            self.named.pop(line.id, None)

    def state(self, city: str) -> BookState:
        """A city's book as the journal keeps it."""
        hall = self.books.halls[self._places[city]]
        return BookState(city, city, hall.last_close, self.books.in_call(self._places[city]))

    def digest(self) -> str:
        """A hash of all that the floor is: books with their orders in time, who bid how much, surplus, days and calls.

        Equal for two floors on which every command from now on comes to the same: a floor made anew from the journal
        equals the one that runs.
        """
        lines = [
            (line.number, line.id, line.city, line.seat.party.id, line.side, line.open, line.lots, line.filled,
             line.price, line.tif, line.post_only, line.parts, line.state, line.at, line.time)
            for line in sorted(self.lines.values(), key=lambda each: each.number)
        ]  # fmt: skip
        bids = sorted((seat.party.id, seat.bid_lots, str(seat.check)) for seat in self._seats.values() if seat.bid_lots)
        books = [
            (city, self.state(city).last_close, self.books.in_call(place), self.books.depth(place, len(lines) + 1))
            for place, city in enumerate(self.cities)
        ]
        surplus = [(city, self.stock.surplus_lots(city)) for city in self.cities]
        day = (self.day, self.closed, sorted(self.closes.items()), sorted(self.tape(self.day).items()), self.number)
        checks = sorted((party, str(check)) for party, check in self.checks.items())
        return hashlib.sha256(repr((lines, bids, books, surplus, day, checks)).encode()).hexdigest()

    def _hall(self, state: BookState | None) -> TradedBook:
        hall = TradedBook(self.venue, self.venue.reference_price if state is None else state.last_close)
        if state is not None and state.in_call:
            hall.call()
        return hall

    def _restore(self, order: Order, party: Party) -> None:
        place, seat = self._places[order.city], self.seat(party)
        line = Line.of(order, seat, place)
        self.books.restore(place, order.number, seat.number, line.side, line.open, line.price, line.tif, line.post_only)
        if line.buys:
            seat.bid_lots += line.open
        self.keep(line)
