"""The credit desk: lines and draws, inside both prudential limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Decision, Purpose
from carbonpolis.market.compliance.obligation import Obligation
from carbonpolis.market.credit.draws import CreditLine, Draw, Exposure, Tranche, draw, limits, purchase_plan
from carbonpolis.market.credit.repayment import by_forward, by_own_project, by_purchase, claimed_kg
from carbonpolis.market.offbook.forward import Forward
from carbonpolis.market.venue.settings import Venue
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.market.desk import MarketDesk
from carbonpolis.platform.registry.capacity import own_backing, year_backing
from carbonpolis.platform.work import Answer, State
from carbonpolis.quantity import BASIS_POINTS, KG_PER_LOT, share_down
from carbonpolis.registry.holdings import holdings
from carbonpolis.registry.project import SinkProject


@dataclass(frozen=True, slots=True)
class Footing:
    """What a city's limits rest on, kilograms: yearly emissions, and the 10th percentile of the modelled, not yet
    certified removals due within the tenor.
    """

    city_emissions_kg: int
    sinks_p10_kg: int


@dataclass(frozen=True, slots=True)
class Way:
    """One way to repay: kilograms by "own_project", "forward" (then all of the contract's) or "purchase" in a year.

    source: the project or contract.
    """

    by: str
    year: int = 0
    kg: int = 0
    source: str = ""


@desk
class Credit(MarketDesk):
    """Grants lines and draws on them."""

    def grant(self, city: str, limits_kg: dict[str, int], *, key: str) -> Answer:
        """Grant emitters of a city lines of so many kilograms each."""
        lines = tuple(CreditLine(f"LINE-{emitter}", city, emitter, kg) for emitter, kg in limits_kg.items() if kg > 0)
        return self._work.do(key, "grant credit", city, lambda _: Decision(events=lines))

    def draw(
        self,
        obligation: str,
        kg: int,
        plan: Sequence[Way],
        *,
        price: int,
        year: int,
        yearly_kg: int,
        footing: Footing,
        pledge_units: bool = False,
        key: str,
    ) -> Answer:
        """An emitter draws for one obligation, repaid as planned; answers the draw's id and what it will owe.

        price: last price, cents a tonne. yearly_kg: what the emitter owes for the whole year. pledge_units: units that
        it holds are locked before money. The chances of the plan come from the projects' measurement models.
        Raises CreditExceeded and Refused as `market.draw` does, Unknown for a project or contract not there.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            owed = state.get(Obligation, obligation)
            exposure = self._exposure(state, owed, yearly_kg, footing)
            line = state.get(CreditLine, f"LINE-{owed.emitter}")
            decision = draw(
                owed,
                kg,
                [self._tranche(state, owed, way, year) for way in plan],
                allowed=limits(exposure, self.venue),
                line=line,
                price=price,
                cash=self._cash(state, owed),
                drawn=year,
                venue=self.venue,
                outstanding=exposure.emitter_outstanding,
                units=holdings(state.balances, owed.city, owed.emitter) if pledge_units else (),
            )
            made = decision.one(Draw)
            return decision, {"draw": made.id, "owed_kg": made.owed_kg, "matures": made.matures}

        return self._work.do(key, "draw", "emitter", decide)

    def draw_for_gaps(
        self,
        city: str,
        period: str,
        *,
        price: int,
        year: int,
        yearly_kg: Mapping[str, int],
        city_emissions_kg: int,
        sinks_p10_kg: int,
        key: str,
    ) -> Answer:
        """Each emitter of a city draws what the limits and its money allow for a period's gap; answers the kilograms.

        price: last price, cents a tonne. yearly_kg: what each emitter owes for the whole year.
        sinks_p10_kg: 10th percentile of the modelled, not yet certified removals due within the tenor.
        """
        footing = Footing(city_emissions_kg, sinks_p10_kg)

        def decide(state: State) -> tuple[Decision, Answer]:
            decisions, drawn = [], 0
            owed = [o for o in state.all(Obligation) if o.city == city and o.period == period and o.uncovered_kg]
            for obligation in sorted(owed, key=lambda o: o.id):
                exposure = self._exposure(state, obligation, yearly_kg.get(obligation.emitter, 0), footing, drawn)
                decision, kg = self._most(state, obligation, exposure, price, year)
                decisions.append(decision)
                drawn += kg
            return Decision.all(decisions), {"drawn_kg": drawn}

        return self._work.do(key, "draw", city, decide)

    def draws(self, city: str | None = None) -> list[Draw]:
        """Every draw, or those of one city."""
        return [d for d in self._work.state.all(Draw) if city in (None, d.city)]

    def _exposure(
        self, state: State, obligation: Obligation, yearly_kg: int, footing: Footing, drawn: int = 0
    ) -> Exposure:
        """drawn: by others in the same command."""
        in_city = [d for d in state.all(Draw) if d.city == obligation.city]
        return Exposure(
            gap=obligation.uncovered_kg,
            obligation=obligation.due_kg,
            year=yearly_kg,
            emitter_outstanding=sum(d.outstanding_kg for d in in_city if d.emitter == obligation.emitter),
            city_outstanding=sum(d.outstanding_kg for d in in_city) + drawn,
            city_emissions=footing.city_emissions_kg,
            city_sinks_p10=footing.sinks_p10_kg,
        )

    def _most(
        self, state: State, obligation: Obligation, exposure: Exposure, price: int, year: int
    ) -> tuple[Decision, int]:
        allowed, outstanding = limits(exposure, self.venue), exposure.emitter_outstanding
        line = state.find(CreditLine, f"LINE-{obligation.emitter}")
        if line is None:
            return Decision(), 0
        cash = self._cash(state, obligation)
        kg = min(allowed.left_kg, line.limit_kg - outstanding, _secured(cash, price, self.venue))
        if kg <= 0:
            return Decision(), 0
        plan = purchase_plan(kg, year + self.venue.credit.tenor, self.venue, drawn=year)
        decision = draw(
            obligation,
            kg,
            plan,
            allowed=allowed,
            line=line,
            price=price,
            cash=cash,
            drawn=year,
            venue=self.venue,
            outstanding=outstanding,
        )
        return decision, kg

    def _tranche(self, state: State, obligation: Obligation, way: Way, drawn: int) -> Tranche:
        if way.by == "own_project":
            project = state.get(SinkProject, way.source)
            if project.owner != obligation.emitter or project.state not in ("registered", "monitored", "verified"):
                raise Refused(way.source, f"it is no registered project of {obligation.emitter}'s own.")
            return by_own_project(way.kg, own_backing(state, project, drawn=drawn, by=way.year))
        if way.by == "forward":
            forward = state.get(Forward, way.source)
            if forward.buyer != obligation.emitter or not forward.kg or claimed_kg(state.all(Draw), forward.id):
                raise Refused(
                    way.source, f"it is no open contract that {obligation.emitter} holds and plans with once."
                )
            project = state.get(SinkProject, forward.project)
            return by_forward(forward, year_backing(state, project, forward.year, but=forward.id))
        return by_purchase(way.kg, way.year)

    def _cash(self, state: State, obligation: Obligation) -> int:
        account = Account(obligation.city, obligation.emitter, self.venue.currency, Purpose.AVAILABLE)
        return state.balances.get(account, 0)


def _secured(cash: int, price: int, venue: Venue) -> int:
    """Kilograms that this much money can secure: whole lots' worth, rounded down."""
    if price <= 0:
        return 0
    value = share_down(cash, BASIS_POINTS * BASIS_POINTS // venue.credit.collateral)
    return max(0, value * KG_PER_LOT // price - 1)
