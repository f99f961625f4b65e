"""The obligations desk: what emitters owe, and covering it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date

from carbonpolis.ledger import Account, Decision, Purpose, Why
from carbonpolis.market.compliance.balance import Balance, balance
from carbonpolis.market.compliance.covering import StandingOrder, Wish, stand, standing_bid
from carbonpolis.market.compliance.obligation import Obligation, Shortfall, cover, oblige, true_up, uncovered
from carbonpolis.market.order import Order, Side
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.market.desk import MarketDesk
from carbonpolis.platform.work import Answer, State
from carbonpolis.registry.holdings import holdings_by_owner
from carbonpolis.registry.party import Party
from carbonpolis.registry.units import Batch


@desk
class Obligations(MarketDesk):
    """Lets obligations fall due, covers them with units, and settles a year."""

    def oblige(self, city: str, period: str, kg_by_emitter: Mapping[str, int], *, key: str) -> Answer:
        """Verified emissions of a period fall due: kilograms by emitter of one city."""
        return self._work.do(
            key,
            "oblige",
            "authority",
            lambda _: Decision.all(oblige(city, emitter, period, kg) for emitter, kg in kg_by_emitter.items()),
        )

    def cover(self, city: str, *, at: date, key: str) -> Answer:
        """Every emitter of a city covers what it owes with what it holds, oldest obligation and own sinks first.

        Answers the kilograms covered.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            own = own_batches(state.all(Batch))
            held = {owner: h for (home, owner), h in holdings_by_owner(state.balances).items() if home == city}
            owed = [o for o in state.all(Obligation) if o.city == city and o.uncovered_kg and o.emitter in held]
            decisions: list[Decision] = []
            for obligation in sorted(owed, key=lambda o: (o.period, o.emitter)):
                units = held[obligation.emitter]
                decision = cover(obligation, units, own_first=own.get(obligation.emitter, frozenset()), at=at)
                used = {t.debit.asset: t.amount for t in decision.transfers if t.why is Why.RETIRE}
                left = [replace(unit, kg=unit.kg - used.get(unit.batch, 0)) for unit in units]
                held[obligation.emitter] = [unit for unit in left if unit.kg]
                decisions.append(decision)
            whole = Decision.all(decisions)
            return whole, {"covered_kg": sum(t.amount for t in whole.transfers if t.why is Why.COVER)}

        return self._work.do(key, "cover", "authority", decide)

    def stand(self, emitter: str, *, limit: int, most_lots: int, key: str) -> Answer:
        """Leave a standing order: in every session bid up to `limit` cents a tonne for what is owed and not held.

        Raises Refused for a limit off the tick, Unknown for an emitter not there.
        """

        def decide(state: State) -> Decision:
            city = state.get(Party, emitter).city
            return Decision(events=(stand(city, emitter, limit, most_lots, self.venue),))

        return self._work.do(key, "leave standing order", emitter, decide)

    def stop(self, emitter: str, *, key: str) -> Answer:
        """Take a standing order back. Raises Unknown when there is none."""

        def decide(state: State) -> Decision:
            return Decision(events=(replace(state.get(StandingOrder, f"STAND-{emitter}"), state="off"),))

        return self._work.do(key, "stop standing order", emitter, decide)

    def standing_wishes(self, cities: Collection[str]) -> list[Wish]:
        """What the standing orders of some cities bid now, for what is uncovered and not bid for already."""
        state, wishes = self._work.state, []
        for order in state.all(StandingOrder):
            if order.city in cities and order.state == "on":
                owed = sum(o.uncovered_kg for o in state.all(Obligation) if o.emitter == order.emitter)
                bids = (o.open_lots for o in state.all(Order) if o.owner == order.emitter and o.side is Side.BUY)
                cash = Account(order.city, order.emitter, self.venue.currency, Purpose.AVAILABLE)
                bid = standing_bid(order, owed, sum(bids), state.balances.get(cash, 0), self.venue)
                if bid:
                    wishes.append(Wish(order.city, order.emitter, "buy", *bid))
        return wishes

    def uncovered(self, city: str) -> tuple[Shortfall, ...]:
        """The public list of a city as it stands: who has what uncovered, largest first."""
        return uncovered(o for o in self._work.state.all(Obligation) if o.city == city)

    def true_up(self, city: str, year: int, *, key: str) -> Answer:
        """Settle a city's year: shortfalls are listed and surcharged. Answers the public list."""

        def decide(state: State) -> tuple[Decision, Answer]:
            owed = [o for o in state.all(Obligation) if o.city == city and o.period.startswith(f"{year}-")]
            decision, short = true_up(owed, self.venue.surcharge)
            return decision, {"shortfalls": [_line(each) for each in short]}

        return self._work.do(key, "true up", "authority", decide)

    def all(self, city: str | None = None) -> list[Obligation]:
        """Every obligation, or those of one city, oldest first."""
        return [o for o in self._work.state.all(Obligation) if city in (None, o.city)]

    def of(self, city: str, year: int) -> list[Obligation]:
        """A city's obligations of a year, oldest first."""
        return [o for o in self._work.state.all(Obligation) if o.city == city and o.period.startswith(f"{year}-")]

    def open(self, cities: Collection[str]) -> list[Obligation]:
        """What is still uncovered in some cities, oldest first."""
        return [o for o in self._work.state.all(Obligation) if o.uncovered_kg and o.city in cities]

    def balance(self, city: str | None = None, *, period: str = "") -> Balance:
        """The balance of a city (or of all) in three parts, in kilograms, at this moment."""
        return balance(self._work.state.balances, city, period=period)


def own_batches(batches: Iterable[Batch]) -> dict[str, frozenset[str]]:
    """By owner, the batches of its own projects: they feed its own obligations first."""
    found: dict[str, set[str]] = {}
    for batch in batches:
        found.setdefault(batch.owner, set()).add(batch.id)
    return {owner: frozenset(names) for owner, names in found.items()}


def _line(short: Shortfall) -> dict[str, object]:
    return {
        "emitter": short.emitter,
        "shortfall_kg": short.shortfall_kg,
        "surcharge_kg": short.surcharge_kg,
        "periods": list(short.periods),
    }
