"""Credit, the overdraft: advance units that can be retired and never traded, owed back with interest in tonnes.

The design follows carbon removal obligations (Bednar et al. 2021, Nature 596:377, doi 10.1038/s41586-021-03723-9):
emitting now against removal later is a debt, and interest prices the risk that the removal never comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import erf, sqrt

from carbonpolis.errors import CreditExceeded, Refused
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.market.compliance.obligation import Obligation, account, obligation_state
from carbonpolis.market.order import Parts
from carbonpolis.market.venue.settings import Venue
from carbonpolis.measure.estimate import Estimate, by_models
from carbonpolis.quantity import BASIS_POINTS, KG_PER_LOT, Mass, Money, share_down, share_up
from carbonpolis.registry.holdings import Holding, take
from carbonpolis.registry.project import SinkProject

ADVANCE, DEBT, ISSUER = "advance", "debt", "city"
WAYS = ("own_project", "forward", "purchase")
P10 = 0.90  # the lower bound that is exceeded with this probability is the 10th percentile


@dataclass(frozen=True, slots=True)
class Tranche:
    """A part of a repayment plan: so many kilograms in a year, by one of WAYS.

    probability: that it is delivered, in basis points (own projects and forwards; purchases are backed by collateral).
    source: the project or the forward contract that it comes from. repayment.py finds both out.
    """

    year: int
    kg: int
    by: str
    probability: int = BASIS_POINTS
    source: str = ""


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What a city lets an emitter owe. limit_kg: at the most. state: granted | frozen | closed."""

    id: str
    city: str
    emitter: str
    limit_kg: int
    state: str = "granted"


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw on a line.

    obligation: id of what it was retired for. kg: principal; interest_kg: what is owed on top at maturity if nothing is
    repaid before. interest_bp: a year. drawn, matures: years. collateral: money locked, minor units; pledged: units
    locked, (batch, kg). repaid_kg: units retired to repay it, interest in them. principal_kg: not repaid yet;
    balance_kg: that and its interest up to the year `booked`, as the ledger's debt says (None: as it was drawn).
    state: drawn | performing | watch | overdue | cured | defaulted | repaid | written_off.
    """

    id: str
    city: str
    emitter: str
    obligation: str
    kg: int
    interest_bp: int
    interest_kg: int
    drawn: int
    matures: int
    collateral: int
    currency: str
    plan: tuple[Tranche, ...]
    state: str = "drawn"
    pledged: Parts = ()
    repaid_kg: int = 0
    principal_kg: int | None = None
    balance_kg: int | None = None
    booked: int = 0

    @property
    def owed_kg(self) -> int:
        """Principal and interest at maturity, if nothing is repaid before."""
        return self.kg + self.interest_kg

    @property
    def outstanding_kg(self) -> int:
        """Principal not repaid: what the limits count."""
        return self.kg if self.principal_kg is None else self.principal_kg

    def owed_at(self, year: int) -> int:
        """Principal and interest not repaid by a year, kg: compounding since the last repayment, rounded up once."""
        balance, since = (self.kg, self.drawn) if self.balance_kg is None else (self.balance_kg, self.booked)
        return balance + interest(balance, self.interest_bp, max(0, year - since))

    @property
    def over(self) -> bool:
        """Whether nothing is owed on it any more."""
        return self.state in ("repaid", "written_off")


@dataclass(frozen=True, slots=True)
class Exposure:
    """The numbers that the limits look at, all in kilograms.

    gap: of the obligation, uncovered. obligation: due for the period. year: the emitter's yearly obligation.
    emitter_outstanding, city_outstanding: principal owed already. city_emissions: of a year. city_sinks_p10: 10th
    percentile of the modelled, not yet certified sinks due in the tenor.
    """

    gap: int
    obligation: int
    year: int
    emitter_outstanding: int
    city_outstanding: int
    city_emissions: int
    city_sinks_p10: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What may still be drawn, kg: by the emitter's limits, by the city's, and together (the lesser, 0 or more)."""

    emitter_kg: int
    city_kg: int

    @property
    def left_kg(self) -> int:
        """The most that this draw may be."""
        return min(self.emitter_kg, self.city_kg)


def sinks_p10_kg(yearly: Iterable[tuple[SinkProject, Estimate]], year: int, venue: Venue) -> int:
    """10th percentile of what projects remove within the tenor after a year, kilograms, down, 0 or more.

    yearly: each project with its removal by the measurement model, t CO2/year. A project yields from its first year
    on. The years of one project share their error, and projects of one model too, so these sums keep the relative one.
    """
    tenor = venue.credit.tenor
    due = by_models(
        (project.model, removal * min(tenor, max(0, year + tenor + 1 - project.start_year)))
        for project, removal in yearly
    )
    return max(0, int(due.lower(P10) * 1000))


def limits(exposure: Exposure, venue: Venue) -> Limits:
    """Both prudential limits as plain arithmetic.

    Emitter: nothing when the gap is under the least share of the obligation; else the allowed share of the gap, and no
    more than the allowed share of the year less what it owes. City: the lesser of its shares of emissions and of
    modelled sinks, less what is outstanding. Shares are rounded down. Source of the defaults: data/market_rules.csv.
    """
    rules = venue.credit
    of_year = share_down(exposure.year, rules.share_of_year) - exposure.emitter_outstanding
    by_gap = share_down(exposure.gap, rules.share_of_gap)
    enough = exposure.gap > 0 and exposure.gap * BASIS_POINTS >= exposure.obligation * rules.least_gap
    cap = min(
        share_down(exposure.city_emissions, rules.city_share_of_emissions),
        share_down(exposure.city_sinks_p10, rules.city_share_of_sinks),
    )
    return Limits(
        emitter_kg=max(0, min(of_year, by_gap)) if enough else 0,
        city_kg=max(0, cap - exposure.city_outstanding),
    )


def interest(kg: int, basis_points: int, years: int) -> int:
    """Interest in kilograms on `kg` after whole years, compounding, rounded up once at the end."""
    scale: int = BASIS_POINTS**years
    grown: int = (BASIS_POINTS + basis_points) ** years
    return -(-kg * (grown - scale) // scale)


def deliverable(mean: float, sd: float, needed: float) -> float:
    """Probability that a normal quantity of this mean and standard deviation reaches what is needed (same unit)."""
    if sd <= 0:
        return 1.0 if mean >= needed else 0.0
    return 0.5 * (1.0 + erf((mean - needed) / (sd * sqrt(2.0))))


def purchase_plan(kg: int, matures: int, venue: Venue, *, drawn: int) -> tuple[Tranche, ...]:
    """The plain plan: buy principal and interest in the year of maturity."""
    return (Tranche(matures, kg + interest(kg, venue.credit.interest, matures - drawn), "purchase"),)


def collateral(kg: int, price: int, venue: Venue) -> int:
    """Money to lock for a draw of `kg` at the last price (minor units per lot), minor units, rounded up."""
    value = -(-kg * price // KG_PER_LOT)
    return share_up(value, venue.credit.collateral)


def worth(parts: Parts, price: int) -> int:
    """What units are worth at a price (minor units per lot), minor units, rounded down."""
    return sum(kg for _, kg in parts) * price // KG_PER_LOT


def margin_call(owed_kg: int, locked: int, price: int, venue: Venue) -> int:
    """Money to add, minor units: 0 while the collateral is worth the call level, else up to the full level again."""
    value = -(-owed_kg * price // KG_PER_LOT)
    return 0 if locked >= share_up(value, venue.credit.call) else share_up(value, venue.credit.collateral) - locked


def draw(
    obligation: Obligation,
    kg: int,
    plan: Sequence[Tranche],
    *,
    allowed: Limits,
    line: CreditLine,
    price: int,
    cash: int,
    drawn: int,
    venue: Venue,
    outstanding: int = 0,
    units: Sequence[Holding] = (),
) -> Decision:
    """Draw `kg` for one obligation.

    Advance units come into being and are retired for it at once; the obligation moves DUE to ON_CREDIT; the principal
    is owed; collateral is locked: `units` that the emitter has available and pledges, in their order, then money.
    price: last price, minor units per lot. cash: the emitter's available money. drawn: the year. outstanding:
    principal that the line carries already, kg. Events: the Draw and the Obligation.
    Raises CreditExceeded past a limit, Refused for a plan that does not hold, a frozen line or too little collateral.
    """
    matures = max((tranche.year for tranche in plan), default=drawn)
    if kg <= 0 or kg > obligation.uncovered_kg:
        raise Refused(
            obligation.id, f"{Mass(obligation.uncovered_kg)} are uncovered; {Mass(kg)} can't be drawn for it."
        )
    if line.state != "granted" or line.emitter != obligation.emitter:
        raise Refused(line.id, f"the line of {line.emitter} is {line.state}; {obligation.emitter} can't draw on it.")
    left = max(0, min(allowed.left_kg, line.limit_kg - outstanding))
    if kg > left:
        raise CreditExceeded(obligation.emitter, kg, left)
    owed_interest = interest(kg, venue.credit.interest, matures - drawn)
    check_plan(plan, kg + owed_interest, drawn, venue, obligation.id)
    pledged, locked = _secured(kg, price, units, venue)
    if locked > cash:
        raise Refused(
            obligation.emitter,
            f"the collateral is {Money(locked, venue.currency)}, {Money(cash, venue.currency)} are available.",
        )
    record = Draw(
        id=f"DRAW-{obligation.id}-{obligation.on_credit_kg + kg}",
        city=obligation.city,
        emitter=obligation.emitter,
        obligation=obligation.id,
        kg=kg,
        interest_bp=venue.credit.interest,
        interest_kg=owed_interest,
        drawn=drawn,
        matures=matures,
        collateral=locked,
        currency=venue.currency,
        plan=tuple(plan),
        pledged=pledged,
        principal_kg=kg,
        balance_kg=kg,
        booked=drawn,
    )
    on_credit = replace(obligation, on_credit_kg=obligation.on_credit_kg + kg)
    return Decision(_drawn(obligation, record), (record, replace(on_credit, state=obligation_state(on_credit))))


def check_plan(plan: Sequence[Tranche], owed_kg: int, drawn: int, venue: Venue, name: str) -> None:
    """Raise Refused, saying what is wrong, unless a plan names how principal and interest come back in time."""
    planned = sum(tranche.kg for tranche in plan)
    if planned < owed_kg:
        raise Refused(name, f"the plan repays {Mass(planned)}, {Mass(owed_kg)} are owed at maturity.")
    for tranche in plan:
        if tranche.by not in WAYS:
            raise Refused(name, f"no way to repay {tranche.by!r}; choose from {', '.join(WAYS)}.")
        if not drawn < tranche.year <= drawn + venue.credit.tenor:
            raise Refused(
                name, f"a tranche in {tranche.year}; expected {drawn + 1} to {drawn + venue.credit.tenor}, the tenor."
            )
        if tranche.probability < venue.credit.probability:
            raise Refused(
                name,
                f"{Mass(tranche.kg)} by {tranche.by} in {tranche.year} come with a probability of "
                f"{tranche.probability / 100:g} %; expected {venue.credit.probability / 100:g} % or more.",
            )
        if tranche.by != "purchase" and not tranche.source:
            raise Refused(name, f"the tranche by {tranche.by} in {tranche.year} names no project or contract.")


def _secured(kg: int, price: int, units: Sequence[Holding], venue: Venue) -> tuple[Parts, int]:
    """Units to pledge and money to lock for a draw."""
    needed = collateral(kg, price, venue)
    held = sum(unit.kg for unit in units)
    if not held or price <= 0:
        return (), needed
    parts = take(units, min(held, -(-needed * KG_PER_LOT // price)))
    pledged = tuple((unit.batch, part) for unit, part in parts)
    return pledged, max(0, needed - worth(pledged, price))


def _drawn(obligation: Obligation, record: Draw) -> tuple[Transfer, ...]:
    city, emitter = obligation.city, obligation.emitter
    held, kg = Account(city, emitter, ADVANCE, Purpose.AVAILABLE), record.kg
    transfers = [
        Transfer(Account(city, ISSUER, ADVANCE, Purpose.ISSUER), held, kg, Why.DRAW),
        Transfer(held, Account(city, emitter, ADVANCE, Purpose.RETIRED), kg, Why.RETIRE),
        Transfer(account(obligation, Purpose.DUE), account(obligation, Purpose.ON_CREDIT), kg, Why.DRAW),
        Transfer(Account(city, ISSUER, DEBT, Purpose.ISSUER), Account(city, emitter, DEBT, Purpose.OWED), kg, Why.DRAW),
    ]
    if record.collateral:
        money = Account(city, emitter, record.currency, Purpose.AVAILABLE)
        locked = Account(city, emitter, record.currency, Purpose.COLLATERAL)
        transfers.append(Transfer(money, locked, record.collateral, Why.RESERVE))
    for batch, part in record.pledged:
        free = Account(city, emitter, batch, Purpose.AVAILABLE)
        transfers.append(Transfer(free, Account(city, emitter, batch, Purpose.COLLATERAL), part, Why.RESERVE))
    return tuple(transfers)
