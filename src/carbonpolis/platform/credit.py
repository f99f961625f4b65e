"""The credit desk: lines and draws, inside both prudential limits."""

from __future__ import annotations

from collections.abc import Mapping

from carbonpolis.ledger import Account, Decision, Purpose
from carbonpolis.market.credit import CreditLine, Draw, Exposure, draw, limits, purchase_plan
from carbonpolis.market.obligation import Obligation
from carbonpolis.market.venue import Venue, default_venue
from carbonpolis.platform.work import Answer, State, Work
from carbonpolis.quantity import BASIS_POINTS, KG_PER_LOT, share_down


class Credit:
    """Grants lines and draws on them."""

    def __init__(self, work: Work, venue: Venue | None = None) -> None:
        self._work = work
        self.venue = venue or default_venue()

    def grant(self, city: str, limits_kg: dict[str, int], *, key: str) -> Answer:
        """Grant emitters of a city lines of so many kilograms each."""
        lines = tuple(CreditLine(f"LINE-{emitter}", city, emitter, kg) for emitter, kg in limits_kg.items() if kg > 0)
        return self._work.do(key, "grant credit", city, lambda _: Decision(events=lines))

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

        def decide(state: State) -> tuple[Decision, Answer]:
            outstanding = {d.emitter: 0 for d in state.all(Draw)}
            for each in state.all(Draw):
                outstanding[each.emitter] += each.kg if each.city == city else 0
            total = sum(outstanding.values())
            decisions, drawn = [], 0
            owed = [o for o in state.all(Obligation) if o.city == city and o.period == period and o.uncovered_kg]
            for obligation in sorted(owed, key=lambda o: o.id):
                exposure = Exposure(
                    gap=obligation.uncovered_kg,
                    obligation=obligation.due_kg,
                    year=yearly_kg.get(obligation.emitter, 0),
                    emitter_outstanding=outstanding.get(obligation.emitter, 0),
                    city_outstanding=total + drawn,
                    city_emissions=city_emissions_kg,
                    city_sinks_p10=sinks_p10_kg,
                )
                decision, kg = self._one(state, obligation, exposure, price, year)
                decisions.append(decision)
                drawn += kg
            return Decision.all(decisions), {"drawn_kg": drawn}

        return self._work.do(key, "draw", city, decide)

    def _one(
        self, state: State, obligation: Obligation, exposure: Exposure, price: int, year: int
    ) -> tuple[Decision, int]:
        allowed, outstanding = limits(exposure, self.venue), exposure.emitter_outstanding
        line = state.find(CreditLine, f"LINE-{obligation.emitter}")
        if line is None:
            return Decision(), 0
        account = Account(obligation.city, obligation.emitter, self.venue.currency, Purpose.AVAILABLE)
        cash = state.balances.get(account, 0)
        kg = min(allowed.left_kg, line.limit_kg - outstanding, _secured(cash, price, self.venue))
        if kg <= 0:
            return Decision(), 0
        matures = year + self.venue.credit.tenor
        plan = purchase_plan(kg, matures, self.venue, drawn=year)
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

    def draws(self, city: str | None = None) -> list[Draw]:
        """Every draw, or those of one city."""
        return [d for d in self._work.state.all(Draw) if city in (None, d.city)]


def _secured(cash: int, price: int, venue: Venue) -> int:
    """Kilograms that this much money can secure: whole lots' worth, rounded down."""
    if price <= 0:
        return 0
    value = share_down(cash, BASIS_POINTS * BASIS_POINTS // venue.credit.collateral)
    return max(0, value * KG_PER_LOT // price - 1)
