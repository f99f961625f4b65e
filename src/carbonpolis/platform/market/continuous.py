"""The trading desk: continuous trading in every city's book, each command reserved, matched and settled in one
commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from carbonpolis.errors import CarbonpolisError, OrderRejected, OrderUnknown, Refused, Unknown
from carbonpolis.ledger import Decision
from carbonpolis.market.floor.execution import Dealing
from carbonpolis.market.floor.order_entry import Wanted, as_line, not_admitted
from carbonpolis.market.floor.participant import Line
from carbonpolis.market.floor.rollover import begin_day, end_day
from carbonpolis.market.floor.trading_day import BookState, DayClose
from carbonpolis.market.floor.trading_floor import Floor
from carbonpolis.market.order import Trade
from carbonpolis.market.settlement import When
from carbonpolis.market.venue.admission import Check, TraderCheck, moved
from carbonpolis.market.venue.calendar import Calendar
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.market.desk import MarketDesk
from carbonpolis.platform.market.floor_state import as_recorded
from carbonpolis.platform.memory import uncollected
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.registry.party import City, Party

Levels = list[tuple[int, int, int]]
Moment = date | datetime | None
MOST_AT_ONCE = 1_000_000  # orders: their ids end in six digits
LARGE = 100  # orders at once from which on it pays to stop looking for garbage meanwhile


@desk
class Trading(MarketDesk):
    """Takes orders into the books of the cities while they trade continuously; home first, then abroad.

    The books live in memory and are made from the journal: after a crash, or when a commit failed, they come back
    as they were. at: the moment of a command; now, where it is not given. Of a plain date only the day is known: the
    hours of the market are not asked then. calendar: those hours; None trades at any time.
    """

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self._hours: tuple[Calendar | None] | None = None  # set apart from the venue's
        self._floor: Floor | None = None
        self._made_of: State | None = None  # the state is another one after a group of commands was undone
        self._dealt = 0

    @property
    def calendar(self) -> Calendar | None:
        """The hours that are asked: the venue's, unless others (None: any time) were set for this process."""
        return self.venue.calendar if self._hours is None else self._hours[0]

    @calendar.setter
    def calendar(self, hours: Calendar | None) -> None:
        """Ask other hours than the venue's, as long as this process runs."""
        self._hours = (hours,)

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
        at: Moment = None,
    ) -> Answer:
        """Reserve, match and settle one order, durably; answers its id, lots filled and trades.

        price: cents a tonne, None for the market inside the protection band. Raises OrderRejected, Unknown or
        ValueError as the rules say; then nothing has happened.
        """
        wanted = Wanted(city, owner, side, lots, price, tif, post_only)

        def decide(state: State, deal: Dealing) -> Answer:
            name = f"ORD-{key}"
            line = as_line(wanted, name, _party(state, wanted, state.named(Party), deal), deal)
            reason = not_admitted(deal, [line], self._open_at(at), self.venue)[0]
            if reason:
                raise OrderRejected(f"order {name}", reason)
            return {"order": name, "filled": deal.enter(line), "trades": deal.trades}

        return self._do(key, "trade", owner, decide, at)

    def place_many(self, orders: Sequence[Wanted], *, key: str, who: str = "traders", at: Moment = None) -> Answer:
        """Many orders in turn, in one commit: all of them are durable when this returns.

        Answers ids, lots filled at once, the reasons of those that were refused (by their place; the others go ahead),
        and trades. An order can't be paid by what another one of the same call brings in.
        """
        if len(orders) > MOST_AT_ONCE:
            raise ValueError(f"{len(orders):,} orders at once; expected at most {MOST_AT_ONCE:,}")

        def decide(state: State, deal: Dealing) -> Answer:
            names, filled, reasons = [f"ORM-{key}-{place:06d}" for place in range(len(orders))], [0] * len(orders), {}
            lines = []
            parties = state.named(Party)
            for place, wanted in enumerate(orders):
                try:
                    line = as_line(wanted, names[place], _party(state, wanted, parties, deal), deal)
                    lines.append((place, line))
                except (Refused, Unknown, ValueError) as problem:
                    reasons[str(place)] = _reason(problem)
            verdicts = not_admitted(deal, [line for _, line in lines], self._open_at(at), self.venue)
            reasons |= {str(place): why for (place, _), why in zip(lines, verdicts, strict=True) if why}
            admitted = [each for each, why in zip(lines, verdicts, strict=True) if not why]
            refusals = deal.enter_many([line for _, line in admitted])
            for (place, line), refusal in zip(admitted, refusals, strict=True):
                filled[place] = line.met
                if refusal:
                    reasons[str(place)] = refusal.reason
            return {"orders": names, "filled": filled, "refused": reasons, "trades": deal.trades}

        with uncollected() if len(orders) >= LARGE else nullcontext():
            return self._do(key, "trade many", who, decide, at)

    def amend(
        self, order: str, *, lots: int | None = None, price: int | None = None, key: str, at: Moment = None
    ) -> Answer:
        """Change an open order; answers lots filled by it and trades. lots: open from now on.

        The same price and no more lots keeps its place in time; anything else is as if it came anew. Raises
        OrderUnknown or OrderRejected; then it stays as it was.
        """

        def decide(_: State, deal: Dealing) -> Answer:
            filled = deal.amend(_line(deal, order), lots, price)
            return {"order": order, "filled": filled, "trades": deal.trades}

        return self._do(key, "amend trade", "trader", decide, at)

    def cancel(self, order: str, *, key: str, at: Moment = None) -> Answer:
        """Take an order out of its book and give back what it had set aside; answers lots. Raises OrderUnknown."""

        def decide(_: State, deal: Dealing) -> Answer:
            return {"lots": deal.cancel(_line(deal, order))}

        return self._do(key, "cancel trade", "trader", decide, at)

    def uncross(self, city: str, *, key: str, at: Moment = None) -> Answer:
        """End the call auction of a city whose book came to its daily limit; answers its price and trades.

        The limits lie around that price from then on. Raises OrderRejected when the book is in no call.
        """

        def decide(state: State, deal: Dealing) -> Answer:
            state.get(City, city)
            return {"price": deal.uncross(deal.floor.place(city)), "trades": deal.trades}

        return self._do(key, "end call auction", "operator", decide, at)

    def close(self, *, key: str, at: Moment = None) -> Answer:
        """End the day: calls find their price, day orders expire, each city's close is recorded; answers the closes.

        No order is taken for that day any more. A day that nobody closed is closed by the first order of a later one.
        """

        def decide(_: State, deal: Dealing) -> Answer:
            return {"closes": {close.city: close.close for close in end_day(deal)}}

        return self._do(key, "close", "operator", decide, at)

    def check(self, owner: str, verb: str, *, key: str) -> Answer:
        """Move how far a party is known ("suspend", "activate", "close" ...); answers what it is then.

        Only an active party trades; its open orders stay. Raises Unknown, or OrderRejected naming what is possible.
        """

        def decide(state: State, deal: Dealing) -> Answer:
            party = state.get(Party, owner)
            check = moved(deal.floor.checks.get(owner, Check.ACTIVE), verb)
            deal.floor.check(owner, check)
            deal.keep(TraderCheck(owner, party.city, check))
            return {"check": check.value}

        return self._do(key, "check trader", "operator", decide, None, asks_day=False)

    def depth(self, city: str, levels: int = 10) -> tuple[Levels, Levels]:
        """Bids and asks of a city's book: (price in cents, lots, orders), best first."""
        with self._work.reading() as state:
            state.get(City, city)
            floor = self._ready(state)
            return floor.books.depth(floor.place(city), levels)

    def book(self, city: str) -> BookState:
        """Around which close a city's daily limits lie, and whether its orders wait for a call auction."""
        with self._work.reading() as state:
            state.get(City, city)
            return self._ready(state).state(city)

    def digest(self) -> str:
        """A hash of the floor as it runs: the same as of one made anew from the journal, or there is a fault here."""
        with self._work.reading() as state:
            return self._ready(state).digest()

    def digest_anew(self) -> str:
        """The hash of a floor made anew from the journal, as after a restart; the one that runs stays as it is."""
        with self._work.reading() as state:
            floor = Floor(as_recorded(state), state.balances, self.venue)
            Dealing(
                floor, state.balances, self._when((floor.day and date.fromisoformat(floor.day)) or None), key="digest"
            )
            return floor.digest()

    def trades(self, city: str | None = None) -> list[Trade]:
        """Every trade, of auctions and blocks too, or those in which units of a city were sold; oldest first."""
        return [trade for trade in self._work.state.all(Trade) if city in (None, trade.city)]

    def closes(self, city: str | None = None) -> list[DayClose]:
        """What each day came to, oldest first."""
        return [close for close in self._work.state.all(DayClose) if city in (None, close.city)]

    def _open_at(self, at: Moment) -> tuple[Calendar, datetime] | None:
        """The hours to ask, and about which moment; None where they are not asked."""
        if self.calendar is None or (at is not None and not isinstance(at, datetime)):
            return None
        return self.calendar, at or self._work.now()

    def _when(self, at: Moment) -> When:
        moment = at or self._work.now()
        if not isinstance(moment, datetime):
            return When(moment.isoformat(), f"{moment:%Y-%m}")
        if moment.tzinfo is None:
            raise ValueError(f"{moment.isoformat()} has no time zone; expected one, such as +00:00")
        day = moment.astimezone(ZoneInfo(self.calendar.zone) if self.calendar else UTC).date()
        return When(day.isoformat(), f"{day:%Y-%m}", moment.astimezone(UTC).isoformat())

    def _do(
        self,
        key: str,
        command: str,
        who: str,
        decide: Callable[[State, Dealing], Answer],
        at: Moment,
        *,
        asks_day: bool = True,
    ) -> Answer:
        deal: Dealing | None = None

        def decided(state: State) -> tuple[Decision, Answer]:
            nonlocal deal
            when, floor = self._when(at), self._ready(state)
            deal = Dealing(floor, state.balances, when, key=str(key))
            if asks_day:
                _turn_to(deal, when.at, command)
            answer = decide(state, deal)
            return deal.decision(), answer

        def undone(problem: BaseException) -> None:
            refused = isinstance(problem, CarbonpolisError | ValueError)
            if deal is not None and not (refused and deal.undone()):
                self._floor = None  # the books went ahead of the journal: make them anew

        return self._work.do(key, command, who, decided, undo=undone)

    def _ready(self, state: State) -> Floor:
        """The floor as the journal has it: made anew where another desk dealt, or a commit was undone."""
        floor = self._floor
        known = floor is not None and self._made_of is state and self._dealt == state.dealt
        known = known and floor is not None and floor.venue is state.venue
        if floor is not None and known and len(floor.cities) == state.count(City):
            return floor
        self._floor = floor = Floor(as_recorded(state), state.balances, state.venue)
        self._made_of, self._dealt = state, state.dealt
        state.watch(floor.stock.see)
        return floor


def _party(state: State, wanted: Wanted, parties: Mapping[str, Party], deal: Dealing) -> Party:
    """Whose order it is. Raises Unknown for a city or owner that is not there."""
    if wanted.city not in deal.floor.fees:
        state.get(City, wanted.city)
    return parties.get(wanted.owner) or state.get(Party, wanted.owner)


def _line(deal: Dealing, order: str) -> Line:
    found = deal.floor.named.get(order)
    if found is None:
        raise OrderUnknown(order)
    return found


def _turn_to(deal: Dealing, day: str, command: str) -> None:
    """Bring the floor to the day of a command. Raises Refused for an earlier day, or one that is closed."""
    floor = deal.floor
    if day < floor.day:
        raise Refused(command, f"the floor is at {floor.day}; nothing can be given for {day} any more.")
    if day > floor.day:
        begin_day(deal, day)
    elif floor.closed:
        raise Refused(command, f"{day} is closed; the next day takes orders again.")


def _reason(problem: Exception) -> str:
    return problem.reason if isinstance(problem, OrderRejected) else str(problem)
