"""One command on the floor: orders enter in turn, and everything that follows is gathered into one Decision.

The arithmetic is that of settlement.py; transfers are summed by way and reason and given in
columns, orders and trades in a blotter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from carbonpolis.errors import OrderRejected
from carbonpolis.ledger import Account, Columns, Decision, Event, Why
from carbonpolis.market.continuous.types import CityFill
from carbonpolis.market.floor.blotter import Blotter
from carbonpolis.market.floor.participant import Line, Seat
from carbonpolis.market.floor.record import Record
from carbonpolis.market.floor.trading_day import Print
from carbonpolis.market.floor.trading_floor import Floor
from carbonpolis.market.matching.types import Ticket
from carbonpolis.market.order import Parts
from carbonpolis.market.settlement import When, cost, freed, legs, money_needed, split_parts, units_needed
from carbonpolis.quantity import KG_PER_LOT
from carbonpolis.registry.holdings import eligible

Sums = dict[tuple[Account, Account, int], int]
Moves = list[tuple[Account, Account, int]]  # from, to, amount
RESERVE, RELEASE = Why.RESERVE.code, Why.RELEASE.code
DELIVER, PAY, FEE, TAX = Why.DELIVER.code, Why.PAY.code, Why.FEE.code, Why.TAX.code


class Dealing:
    """What one command does. An order can't be paid by what another one of the same command brings in.

    A line that was refused has changed nothing.
    """

    def __init__(self, floor: Floor, balances: Mapping[Account, int], when: When, *, key: str) -> None:
        self.floor, self.venue, self.when, self._balances = floor, floor.venue, when, balances
        self.record = Record(key, when)
        self._tape = floor.tape(when.at)
        self._number, self._ahead = floor.number, False
        self._left: dict[Account, int] = {}
        self._reserved: Sums = {}
        self._then: Sums = {}
        self._touched: dict[int, Line] = {}
        self._events: list[Event] = []
        self._recount()

    @property
    def trades(self) -> int:
        """Trades so far."""
        return len(self.record)

    @property
    def changed(self) -> bool:
        """Whether the floor is another than before: a refusal that only looked leaves it as it was."""
        return bool(self._ahead or self._touched or self._events or len(self.record))

    def undone(self) -> bool:
        """Leave the floor as it was before a command that was refused; False where it must be made anew."""
        if self.changed:
            return False
        self.floor.number = self._number
        return True

    def left(self, account: Account) -> int:
        """What an account has available: at the beginning of the command, less what the command reserved."""
        found = self._left.get(account)
        return self._balances.get(account, 0) if found is None else found

    def position(self, seat: Seat) -> int:
        """Lots that a party holds, whole ones, and has bid for."""
        held = 0
        for parcel in self.floor.stock.parcels(seat.party.city, seat.party.id):
            held += self._balances.get(parcel.available, 0) + self._balances.get(parcel.reserved, 0)
        return held // KG_PER_LOT + seat.bid_lots

    def enter(self, line: Line) -> int:
        """Set aside what a new order could cost, match and settle it; answers lots filled. Raises OrderRejected."""
        refusal = self.enter_many([line])[0]
        if refusal:
            raise refusal
        return line.met

    def enter_many(self, lines: Sequence[Line]) -> list[OrderRejected | None]:
        """New orders in turn; of each why it was refused, None where it was not."""
        refusals: list[OrderRejected | None] = []
        taken: list[tuple[Line, Moves]] = []
        for line in lines:
            try:
                moves = self._money(line, 0) if line.buys else self._units(line)
            except OrderRejected as refusal:
                refusals.append(refusal)
                continue
            refusals.append(None)
            self._set_aside(moves)
            taken.append((line, moves))
        refused = self._submit(taken)
        return [each or refused.get(id(line)) for each, line in zip(refusals, lines, strict=True)]

    def cancel(self, line: Line) -> int:
        """Take an order out and give back what it had set aside; answers its lots."""
        lots = self.floor.books.cancel(line.number)
        self._close(line, "cancelled")
        return lots

    def amend(self, line: Line, lots: int | None, price: int | None) -> int:
        """Change an open order; answers lots filled by it. lots: open from now on.

        The same price and no more lots keeps its place in time; anything else is as if it came anew. Raises
        OrderRejected; then it stays as it was.
        """
        name, books = f"order {line.id}", self.floor.books
        lots, price = line.open if lots is None else lots, line.price if price is None else price
        if lots < 1:
            raise OrderRejected(name, "it is for less than 1 lot; to take an order out, cancel it.")
        if price < 0 or price % self.venue.tick:
            raise OrderRejected(name, f"its price {price} is no multiple of the tick {self.venue.tick}, 0 or more.")
        if price == line.price and lots <= line.open:
            books.amend(line.number, lots)
            self._give_back(line, line.open - lots)
            line.lots, line.open = line.filled + lots, lots
            self._touched[line.number] = line
            return 0
        if line.post_only and books.would_trade(line.number, price):
            raise OrderRejected(name, "it is post-only and would trade at once.")
        changed = Line(
            line.id, line.seat, line.city, line.place, buys=line.buys, lots=line.filled + lots, price=price,
            tif=line.tif, post_only=line.post_only, at=line.at, time=line.time,
        )  # fmt: skip
        changed.filled, changed.open, changed.parts = line.filled, lots, line.parts
        moved = (
            self._money(changed, cost(line.open, line.price, self.venue)) if line.buys else self._more(line, changed)
        )
        self._ahead = True
        books.cancel(line.number)
        self.floor.lines.pop(line.number)
        self._touched.pop(line.number, None)
        line.seat.bid_lots -= line.open if line.buys else 0
        self._move(moved)
        for refusal in self._submit([(changed, [])]).values():
            raise refusal
        return changed.met

    def uncross(self, place: int) -> int | None:
        """End a city's call; answers its price, None where nothing crossed."""
        city = self.floor.cities[place]
        price, fills = self.floor.books.uncross(place)
        self._after(fills, auction=city)
        self._events.append(self.floor.state(city))
        return price

    def keep(self, *events: Event) -> None:
        """Record more with the command."""
        self._events += events

    def decision(self) -> Decision:
        """All of it: what was reserved first, then what followed, the same way between two accounts summed."""
        blotter: tuple[Blotter, ...] = ()
        if self._touched or len(self.record):
            blotter = (self.record.blotter(self._touched.values()),)
        return Decision(events=(*blotter, *self._events), columns=_columns(self._reserved, self._then))

    def open(self, place: int, last_close: int) -> None:
        """Put the limits of a city's book around a new close; what that lets trade does so."""
        self._after(self.floor.books.open(place, last_close))
        self._events.append(self.floor.state(self.floor.cities[place]))

    def expire_day(self) -> None:
        """Take out every day order. No book may be in a call."""
        for number, _ in self.floor.books.expire_day():
            self._close(self.floor.lines[number], "expired")

    def _submit(self, taken: Sequence[tuple[Line, Moves]]) -> dict[int, OrderRejected]:
        """Give orders to the books whose cost is set aside; of those that a book refuses, by id(), why."""
        floor, books = self.floor, self.floor.books
        tickets, places = [], []
        for number, (line, _) in enumerate(taken, start=floor.number + 1):
            line.number = number
            line.state = line.state if line.filled else "open"
            floor.lines[number] = floor.named[line.id] = self._touched[number] = line
            if line.buys:
                line.seat.bid_lots += line.open
            tickets.append(Ticket(number, line.seat.number, line.side, line.open, line.price, line.tif, line.post_only))
            places.append(line.place)
        floor.number += len(taken)
        called = set(books.calls)
        self._after(books.process(places, tickets))
        refused: dict[int, OrderRejected] = {}
        for line, moves in taken:
            refusal = books.refused.get(line.number)
            if refusal:
                self._set_aside([(debit, credit, -amount) for debit, credit, amount in moves])
                self._forget(line)
                refused[id(line)] = OrderRejected(f"order {line.id}", refusal.reason)
            elif line.open and line.number not in books:
                self._close(line, "cancelled")
        for place in sorted(called ^ books.calls):
            self._events.append(floor.state(floor.cities[place]))
        return refused

    def _move(self, moves: Moves) -> None:
        """Set aside what an amended order needs more; give back at the end what it needs less."""
        self._set_aside([move for move in moves if move[2] > 0])
        for debit, credit, amount in moves:
            _add(self._then, credit, debit, RELEASE, max(0, -amount))

    def _set_aside(self, moves: Moves) -> None:
        """Reserve; amounts below zero take a reservation of this command back."""
        for debit, credit, amount in moves:
            self._left[debit] = self.left(debit) - amount
            way = (debit, credit, RESERVE)
            self._reserved[way] = self._reserved.get(way, 0) + amount

    def _forget(self, line: Line) -> None:
        """A refused order leaves nothing behind."""
        line.seat.bid_lots -= line.open if line.buys else 0
        line.open = 0
        self._touched.pop(line.number)
        self.floor.keep(line)

    def _money(self, line: Line, aside: int) -> Moves:
        """What a bid needs beyond what is set aside for it already."""
        seat = line.seat
        needed = money_needed(line.id, line.open, line.price, self.left(seat.money), self.venue, aside=aside)
        return [(seat.money, seat.set_aside, needed)]

    def _units(self, line: Line) -> Moves:
        """The seller's oldest eligible units for an offer, which become its parts."""
        line.parts = units_needed(line.id, line.open * KG_PER_LOT, self._eligible(line))
        return [(*line.seat.accounts(batch), kg) for batch, kg in line.parts]

    def _more(self, line: Line, changed: Line) -> Moves:
        """What an offer needs beyond what is set aside for it, or gives back of it, newest first."""
        kg = (changed.open - line.open) * KG_PER_LOT
        if kg <= 0:
            changed.parts, back = split_parts(line.parts, changed.open * KG_PER_LOT)
            return [(*line.seat.accounts(batch), -part) for batch, part in back]
        more = units_needed(line.id, kg, self._eligible(line), more=True)
        changed.parts = _joined(line.parts, more)
        return [(*line.seat.accounts(batch), part) for batch, part in more]

    def _eligible(self, line: Line) -> Iterator[tuple[str, int]]:
        """What an owner has of the units that the contract of the line's city accepts, (batch, kg), oldest first."""
        year, party = int(self.when.at[:4]), line.seat.party
        for parcel in self.floor.stock.parcels(party.city, party.id):
            if parcel.origin == line.city and eligible(parcel.vintage, year, self.venue.vintage_limit):
                yield parcel.batch, self.left(parcel.available)

    def _recount(self) -> None:
        """Surplus as the ledger has it before the command; offers that may leave since the last one do so.

        Within a command the books count on. On a floor just made every city is counted: what the one before it had not
        sent on yet goes now, as it would have there.
        """
        floor = self.floor
        moved = floor.cities if floor.fresh else floor.stock.moved & floor.fees.keys()
        for city in sorted(moved):
            place, lots = floor.place(city), floor.stock.surplus_lots(city)
            if floor.fresh or lots != int(floor.books.surplus[place]):
                self._after(floor.books.recount(place, lots))
        floor.stock.moved.clear()
        floor.fresh = False

    def _after(self, fills: Iterable[CityFill], *, auction: str = "") -> None:
        lines = self.floor.lines
        for fill in fills:
            maker, taker = lines[fill.maker_id], lines[fill.taker_id]
            home = fill.seller_city == fill.buyer_city
            self._trade(fill, maker, taker, met="" if auction and home else "buyer" if taker.buys else "seller")
        for number, _ in self.floor.books.removed:
            self._close(lines[number], "cancelled")

    def _trade(self, fill: CityFill, maker: Line, taker: Line, *, met: str) -> None:
        """Settle one fill, as `settle` would."""
        buy, sell = (taker, maker) if taker.buys else (maker, taker)
        then, lots, payer = self._then, fill.lots, buy.seat.set_aside
        proceeds, fee, tax, carried, congestion, back = legs(
            lots, fill.seller_price, fill.buyer_price, fill.fee, open_lots=buy.open, limit=buy.price, venue=self.venue
        )
        assert not congestion, "in continuous trading nothing lies between the prices but the transfer fee"
        delivered, sell.parts = split_parts(sell.parts, lots * KG_PER_LOT)
        for batch, kg in delivered:
            given, taken = sell.seat.accounts(batch)[1], buy.seat.accounts(batch)[0]
            _add(then, given, taken, DELIVER, kg)
        _add(then, payer, sell.seat.money, PAY, proceeds)
        _add(then, payer, self.floor.fees[sell.city], FEE, carried + fee)
        _add(then, payer, self.floor.funds[buy.city], TAX, tax)
        _add(then, payer, buy.seat.money, RELEASE, back)
        time = self.when.time
        self.record.trade(buy, sell, fill, delivered, fee=fee, tax=tax, carried=carried, taker=met)
        prints = self._tape.get(sell.city)
        if prints is None:
            prints = self._tape[sell.city] = []
        prints.append(Print(time, fill.seller_price, lots))
        buy.seat.bid_lots -= lots
        taker.met += lots
        for line in (buy, sell):
            line.fill(lots, time)
            self._touched[line.number] = line
            if not line.open:
                self.floor.keep(line)

    def _close(self, line: Line, state: str) -> None:
        self._give_back(line, line.open)
        line.close(state, self.when.time)
        self._touched[line.number] = line
        self.floor.keep(line)

    def _give_back(self, line: Line, lots: int) -> None:
        """What so many open lots of an order have set aside, back to its owner; of an offer the newest units."""
        if not lots:
            return
        if line.buys:
            back = freed(lots, line.open, line.price, self.venue)
            _add(self._then, line.seat.set_aside, line.seat.money, RELEASE, back)
            line.seat.bid_lots -= lots
            return
        line.parts, parts = split_parts(line.parts, (line.open - lots) * KG_PER_LOT)
        for batch, kg in parts:
            available, reserved = line.seat.accounts(batch)
            _add(self._then, reserved, available, RELEASE, kg)


def _add(sums: Sums, debit: Account, credit: Account, why: int, amount: int) -> None:
    if amount:
        way = (debit, credit, why)
        sums[way] = sums.get(way, 0) + amount


def _joined(parts: Parts, more: Parts) -> Parts:
    sums = dict(parts)
    for batch, kg in more:
        sums[batch] = sums.get(batch, 0) + kg
    return tuple(sums.items())


def _columns(*groups: Sums) -> Columns:
    places: dict[Account, int] = {}
    flat: list[int] = []
    for sums in groups:
        for (debit, credit, why), amount in sums.items():
            if not amount:
                continue
            flat += (places.setdefault(debit, len(places)), places.setdefault(credit, len(places)), amount, why)
    columns = np.array(flat, np.int64).reshape(-1, 4).T
    return Columns(tuple(places), *(np.ascontiguousarray(column) for column in columns))
