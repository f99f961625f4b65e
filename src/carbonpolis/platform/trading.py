"""The trading desk: continuous trading in every city's book, each command reserved, matched and settled in one
commit."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from carbonpolis.errors import OrderRejected, OrderUnknown, Refused, Unknown
from carbonpolis.ledger import Decision
from carbonpolis.market.floor import Floor, Session, refused
from carbonpolis.market.order import Order, Side, Tif
from carbonpolis.market.settlement import When
from carbonpolis.market.venue import Venue, default_venue, protected
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.registry.party import City, Party

Levels = list[tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order as its owner gives it. price: cents a tonne, None for the market, inside the protection band."""

    city: str
    owner: str
    side: str
    lots: int
    price: int | None
    tif: str = "gtc"
    post_only: bool = False


class Trading:
    """Takes orders into the books of the cities while they trade continuously; home first, then abroad.

    The books live in memory and are made from the journal: after a crash, or when a commit failed, they come back
    as they were.
    """

    def __init__(self, work: Work, venue: Venue | None = None) -> None:
        self._work = work
        self.venue = venue or default_venue()
        self._floor: Floor | None = None
        self._made_of: State | None = None  # the state is another one after a group of commands was undone
        self._number = 0

    def place(
        self,
        *,
        city: str,
        owner: str,
        side: str,
        lots: int,
        price: int | None = None,
        key: str,
        tif: str = "gtc",
        post_only: bool = False,
        at: date | None = None,
    ) -> Answer:
        """Reserve, match and settle one order, durably; answers its id, lots filled and trades.

        Raises OrderRejected, Unknown or ValueError as the rules say; then nothing has happened.
        """
        wanted = Wanted(city, owner, side, lots, price, tif, post_only)

        def decide(state: State, session: Session) -> Answer:
            name = f"ORD-{key}"
            filled = session.enter(self._order(state, wanted, name, session))
            return {"order": name, "filled": filled, "trades": session.trades}

        return self._do(key, "trade", owner, decide, at)

    def place_many(self, orders: Sequence[Wanted], *, key: str, who: str = "traders", at: date | None = None) -> Answer:
        """Many orders in turn, in one commit: all of them are durable when this returns.

        Answers ids, lots filled at once, the reasons of those that were refused (by their place; the others go ahead),
        and trades. An order can't be paid by what another one of the same call brings in.
        """

        def decide(state: State, session: Session) -> Answer:
            names, filled, reasons = [], [], {}
            for place, wanted in enumerate(orders):
                name, lots = f"ORD-{key}-{place:06d}", 0
                try:
                    lots = session.enter(self._order(state, wanted, name, session))
                except (Refused, Unknown, ValueError) as problem:
                    reasons[str(place)] = refused(problem) if isinstance(problem, Refused) else str(problem)
                names.append(name)
                filled.append(lots)
            return {"orders": names, "filled": filled, "refused": reasons, "trades": session.trades}

        with _uncollected():
            return self._do(key, "trade many", who, decide, at)

    def cancel(self, order: str, *, key: str, at: date | None = None) -> Answer:
        """Take an order out of its book and give back what it had set aside; answers lots. Raises OrderUnknown."""

        def decide(state: State, session: Session) -> Answer:
            found = state.find(Order, order)
            if found is None:
                raise OrderUnknown(order)
            return {"lots": session.cancel(found)}

        return self._do(key, "cancel trade", "trader", decide, at)

    def depth(self, city: str, levels: int = 10) -> tuple[Levels, Levels]:
        """Bids and asks of a city's book: (price in cents, lots, orders), best first."""
        floor = self._ready(self._work.state)
        self._work.state.get(City, city)
        return floor.books.depth(floor.city(city), levels)

    def _order(self, state: State, wanted: Wanted, name: str, session: Session) -> Order:
        """The order as the journal will know it. Raises what is wrong with it."""
        side, tif = Side(wanted.side), Tif(wanted.tif)
        party = state.get(Party, wanted.owner)
        state.get(City, wanted.city)
        if side is Side.BUY and party.city != wanted.city:
            raise OrderRejected(name, f"a buyer of {party.city} bids in its own city's book, not {wanted.city}'s.")
        if state.find(Order, name) is not None:
            raise OrderRejected(name, "an order of that id was entered before.")
        price = wanted.price
        if price is None:
            bids, asks = session.floor.books.depth(session.floor.city(wanted.city), 1)
            best = asks if side is Side.BUY else bids
            price = protected(side, None, best[0][0] if best else None, self.venue.reference_price, self.venue)
            tif = Tif.IOC if tif is not Tif.FOK else tif
        self._number += 1
        return Order(
            name,
            wanted.city,
            wanted.owner,
            party.city,
            side,
            wanted.lots,
            price,
            tif,
            "new",
            0,
            session.when.at,
            number=self._number,
            post_only=wanted.post_only,
        )

    def _do(
        self, key: str, command: str, who: str, decide: Callable[[State, Session], Answer], at: date | None
    ) -> Answer:
        def decided(state: State) -> tuple[Decision, Answer]:
            day = at or self._work.now().date()
            when = When(day.isoformat(), f"{day:%Y-%m}")
            session = Session(self._ready(state), state.balances, when, trade_prefix=f"TRD-{key}")
            answer = decide(state, session)
            return session.decision(), answer

        try:
            return self._work.do(key, command, who, decided)
        except BaseException:
            self._floor = None  # the books went ahead of the journal: make them anew
            raise

    def _ready(self, state: State) -> Floor:
        """The floor as the journal has it: made anew where another desk changed an order, or a commit was undone."""
        cities = sorted(city.id for city in state.all(City))
        floor = self._floor
        if (
            floor is not None
            and self._made_of is state
            and floor.cities == cities
            and all(state.find(Order, order.id) is order for order in floor.orders.values())
        ):
            return floor
        orders = [order for order in state.all(Order) if order.number]
        self._number = max((order.number for order in orders), default=0)
        self._floor, self._made_of = Floor(cities, orders, self.venue), state
        return self._floor


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: a batch makes many things at once, all of which stay, and looking through them
    again and again took a fifth of its time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
