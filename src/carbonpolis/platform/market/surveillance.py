"""The surveillance desk: the market's events put before the detectors, and their cases kept for the operator."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.market.order import Order, Trade
from carbonpolis.market.surveillance.detectors import (
    Case,
    Thresholds,
    concentration,
    layering,
    marking_the_close,
    outliers,
    wash_trades,
)
from carbonpolis.market.surveillance.evidence import Exhibit, exhibits, order_tape, trade_tape
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.registry.holdings import holdings_by_owner
from carbonpolis.registry.party import Party

ENDS = {"clear": "cleared", "confirm": "confirmed"}


@desk
class Surveillance:
    """Looks for abuse, opens cases, shows what they rest on, and closes them by the operator's word.

    What settles in a call auction of a month bears its day only, so the detectors that live on the minute (layering,
    marking the close) see what the trading desk did. Days are those of the market's time zone.
    """

    def __init__(self, work: Work, limits: Thresholds | None = None, *, zone: str | None = None) -> None:
        self._work, self._limits, self._zone = work, limits, zone

    def look(self, *, since: date, at: date, key: str = "") -> Answer:
        """Look at orders and trades of the days from `since` up to `at`, and at what is held now; answers new cases.

        key: without one, the days and where the journal stands: looking again finds what happened since.
        """
        key = key or f"look/{since}/{at}/{self._work.journal.head().seq}"

        def decide(state: State) -> tuple[Decision, Answer]:
            thresholds = self._limits or Thresholds(close_seconds=state.venue.close_seconds)
            limits, zone = replace(thresholds, groups=_groups(state.all(Party))), self._zone_of(state)
            days = (since.isoformat(), at.isoformat())
            orders = [order for order in state.all(Order) if days[0] <= order.at[:10] <= days[1]]
            trades = [trade for trade in state.all(Trade) if days[0] <= trade.at[:10] <= days[1]]
            timed = [trade for trade in trades if trade.time]
            tape = trade_tape(trades, zone)
            found = [*wash_trades(tape, limits), *outliers(tape, limits)]
            found += layering(order_tape(orders, timed, zone), limits)
            found += marking_the_close(trade_tape(timed, zone), limits)
            found += concentration(_held(state), at.isoformat(), limits)
            new = tuple(case for case in found if state.find(Case, case.id) is None)
            return Decision(events=new), {"cases": [case.id for case in new]}

        return self._work.do(key, "look for abuse", "operator", decide)

    def close(self, case: str, verdict: str, *, key: str) -> Answer:
        """The operator's word on a case: "clear" or "confirm".

        Raises Refused when it is closed already, Unknown when it is not there, ValueError for another word.
        """
        if verdict not in ENDS:
            raise ValueError(f"no verdict {verdict!r}; choose from {', '.join(ENDS)}")

        def decide(state: State) -> Decision:
            found = state.get(Case, case)
            if found.state != "open":
                raise Refused(case, f"it is {found.state}.")
            return Decision(events=(replace(found, state=ENDS[verdict]),))

        return self._work.do(key, "close case", "operator", decide)

    def case(self, case: str) -> Case:
        """One case. Raises Unknown."""
        return self._work.state.get(Case, case)

    def evidence(self, case: str) -> list[Exhibit]:
        """What a case rests on, order by order and trade by trade, oldest first. Raises Unknown."""
        state = self._work.state
        return exhibits(self.case(case), state.all(Order), state.all(Trade), self._zone_of(state))

    def cases(self, city: str | None = None, *, state: str = "open") -> list[Case]:
        """Cases in a state, oldest first."""
        return [c for c in self._work.state.all(Case) if c.state == state and city in (None, c.city)]

    def _zone_of(self, state: State) -> str:
        return self._zone or state.venue.calendar.zone


def _groups(parties: list[Party]) -> dict[str, str]:
    """Each connected party with the first, by id, of all that it is connected to, directly or through others."""
    near = {party.id: set(party.connections) for party in parties if party.connections}
    group: dict[str, str] = {}
    for name in sorted(near):
        waiting = [name] if name not in group else []
        while waiting:
            one = waiting.pop()
            if one not in group:
                group[one] = name
                waiting += near.get(one, set())
    return group


def _held(state: State) -> dict[str, dict[str, int]]:
    """What is held of each city's units, by city of origin and holder, kilograms."""
    held: dict[str, dict[str, int]] = {}
    for (_, owner), units in holdings_by_owner(state.balances).items():
        for unit in units:
            in_city = held.setdefault(unit.origin_city, {})
            in_city[owner] = in_city.get(owner, 0) + unit.kg
    return held
