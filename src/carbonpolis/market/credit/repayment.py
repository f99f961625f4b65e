"""Repaying a draw: whether a plan can, the interest that falls due, and the units that are retired for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import floor

import numpy as np

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.market.compliance.obligation import Obligation, account, obligation_state
from carbonpolis.market.credit.draws import DEBT, ISSUER, Draw, Tranche, deliverable
from carbonpolis.market.offbook.forward import Forward
from carbonpolis.market.venue.settings import Venue
from carbonpolis.measure.estimate import Estimate
from carbonpolis.quantity import BASIS_POINTS, Mass
from carbonpolis.registry.holdings import Holding
from carbonpolis.registry.retirement import retire

KG_PER_T = 1000


@dataclass(frozen=True, slots=True)
class Backing:
    """What a registered project yields its owner by some year, as its measurement model says.

    removal: t CO2e in all until then, after buffer and deduction. claimed_kg: of it, promised elsewhere (other plans,
    forward contracts).
    """

    project: str
    year: int
    removal: Estimate
    claimed_kg: int = 0

    def probability(self, kg: int) -> int:
        """That `kg` more come besides what is claimed, basis points, rounded down."""
        needed = (kg + self.claimed_kg) / KG_PER_T
        return floor(deliverable(float(self.removal.mean), float(self.removal.sd), needed) * BASIS_POINTS)

    def sure_kg(self, probability: int) -> int:
        """What comes with at least this probability (basis points) besides what is claimed: the lower bound, kg."""
        bound = float(self.removal.lower(probability / BASIS_POINTS)) * KG_PER_T
        return max(0, floor(bound) - self.claimed_kg)


def backing(project: str, yearly: Estimate, *, after: int, by: int, taken_bp: int, claimed_kg: int = 0) -> Backing:
    """A project's yield in the years after `after` up to `by`.

    yearly: removal by the measurement model, t CO2e/year, one figure for every year or an array with one a year (the
    first for the year after `after`; it must reach to `by`). taken_bp: share that the buffer and the uncertainty
    deduction take, basis points. The years of one project share their error, so standard deviations add in full.
    """
    years = max(0, by - after)
    if np.ndim(yearly.mean):
        if len(yearly.mean) < years:
            raise ValueError(f"{project}: removals of {len(yearly.mean)} years; expected {years}, {after + 1} to {by}")
        whole = Estimate(float(np.sum(yearly.mean[:years])), float(np.sum(yearly.sd[:years])), "t CO2e")
    else:
        whole = Estimate(float(yearly.mean) * years, float(yearly.sd) * years, "t CO2e")
    return Backing(project, by, whole * ((BASIS_POINTS - taken_bp) / BASIS_POINTS), claimed_kg)


def by_own_project(kg: int, behind: Backing) -> Tranche:
    """Repay by own afforestation: a tranche with the probability that the project yields it in time."""
    return Tranche(behind.year, kg, "own_project", behind.probability(kg), behind.project)


def by_forward(forward: Forward, behind: Backing) -> Tranche:
    """Repay by investing in somebody's sink: all lots of a forward contract that the emitter holds.

    behind: the project's yield of that year alone; the contract itself is not to be in its claimed_kg.
    """
    return Tranche(forward.year, forward.kg, "forward", behind.probability(forward.kg), forward.id)


def by_purchase(kg: int, year: int) -> Tranche:
    """Repay by buying: backed by the collateral, so with no probability of its own."""
    return Tranche(year, kg, "purchase")


def accrue(draw: Draw, year: int) -> Decision:
    """Book the interest up to a year as debt in tonnes. Event: the Draw; nothing to book: an empty Decision."""
    owed, booked = draw.owed_at(year), draw.owed_at(draw.booked or draw.drawn)
    if draw.over or owed == booked:
        return Decision()
    issuer = Account(draw.city, ISSUER, DEBT, Purpose.ISSUER)
    grown = Transfer(issuer, _debt(draw), owed - booked, Why.DRAW)
    return Decision((grown,), (replace(draw, balance_kg=owed, booked=year, principal_kg=draw.outstanding_kg),))


def repay(
    draw: Draw, obligation: Obligation, kg: int, held: Sequence[Holding], *, year: int, at: date, venue: Venue
) -> Decision:
    """Retire `kg` of what the emitter has available against a draw: interest first, then principal.

    The debt shrinks by all of it; the principal's part of the obligation moves ON_CREDIT to COVERED, because real
    sinks stand behind it now. What was repaid in full gives all its collateral back. held: in the order of use.
    Events: a Retirement, the Obligation and the Draw.
    Raises Refused for more than is owed, more than is held, another obligation or a draw that is over.
    """
    if draw.over or draw.obligation != obligation.id:
        raise Refused(draw.id, f"it is {draw.state}, for {draw.obligation}; nothing can be repaid for {obligation.id}.")
    owed = draw.owed_at(year)
    if not 0 < kg <= owed:
        raise Refused(draw.id, f"{Mass(owed)} are owed in {year}; {Mass(kg)} can't be repaid.")
    grown = accrue(draw, year)
    principal = max(0, kg - (owed - draw.outstanding_kg))
    retired = retire(
        draw.city,
        draw.emitter,
        kg,
        held,
        id=f"RET-{draw.id}-{draw.repaid_kg + kg}",
        beneficiary=draw.emitter,
        purpose="repayment of credit",
        period=obligation.period,
        at=at,
    )
    moves = [Transfer(_debt(draw), Account(draw.city, ISSUER, DEBT, Purpose.ISSUER), kg, Why.REPAY)]
    if principal:
        on_credit, covered = account(obligation, Purpose.ON_CREDIT), account(obligation, Purpose.COVERED)
        moves.append(Transfer(on_credit, covered, principal, Why.COVER))
    shrunk = replace(
        obligation,
        on_credit_kg=obligation.on_credit_kg - principal,
        covered_kg=obligation.covered_kg + principal,
    )
    left = replace(
        draw,
        repaid_kg=draw.repaid_kg + kg,
        principal_kg=draw.outstanding_kg - principal,
        balance_kg=owed - kg,
        booked=year,
        state="repaid" if kg == owed else draw.state,
    )
    freed = unlock(left, venue) if left.over else Decision(events=(left,))
    return Decision(
        grown.transfers + retired.transfers + tuple(moves) + freed.transfers,
        (*retired.events, replace(shrunk, state=obligation_state(shrunk)), *freed.events),
    )


def unlock(draw: Draw, venue: Venue) -> Decision:
    """All collateral back to the emitter. Event: the Draw without any."""
    parts = ((draw.currency, draw.collateral), *draw.pledged)
    moves = (
        Transfer(
            Account(draw.city, draw.emitter, asset, Purpose.COLLATERAL),
            Account(draw.city, draw.emitter, asset, Purpose.AVAILABLE),
            amount,
            Why.RELEASE,
        )
        for asset, amount in parts
        if amount
    )
    return Decision(tuple(moves), (replace(draw, collateral=0, pledged=()),))


def review(draw: Draw, year: int, backings: Mapping[str, Backing], venue: Venue) -> Decision:
    """Judge at a year's end whether a draw is on track. Event: the Draw in its new state; unchanged: empty.

    overdue: it matured and something is owed. watch: tranches of past years were not repaid, or what stands behind a
    coming one (backings, by project or contract) delivers it with less than the required probability, or is gone.
    cured: on track again after either. performing: otherwise.
    """
    if draw.over or draw.state == "defaulted":
        return Decision()
    planned = sum(tranche.kg for tranche in draw.plan if tranche.year <= year)
    coming = [tranche for tranche in draw.plan if tranche.year > year and tranche.by != "purchase"]
    weak = any(_chance(tranche, backings) < venue.credit.probability for tranche in coming)
    if year >= draw.matures:
        state = "overdue"
    elif weak or draw.repaid_kg < planned:
        state = "watch"
    else:
        state = "cured" if draw.state in ("watch", "overdue", "cured") else "performing"
    return Decision() if state == draw.state else Decision(events=(replace(draw, state=state),))


def claimed_kg(draws: Iterable[Draw], source: str, *, but: str = "") -> int:
    """What the plans of open draws promise from one project or contract, kg; `but`: a draw to leave out."""
    return sum(
        tranche.kg
        for draw in draws
        if not draw.over and draw.id != but
        for tranche in draw.plan
        if tranche.source == source
    )


def _chance(tranche: Tranche, backings: Mapping[str, Backing]) -> int:
    behind = backings.get(tranche.source)
    return 0 if behind is None else behind.probability(tranche.kg)


def _debt(draw: Draw) -> Account:
    return Account(draw.city, draw.emitter, DEBT, Purpose.OWED)
