"""Obligations: what an emitter owes for a period, and covering it, which means retirement."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.quantity import Mass, share_up
from carbonpolis.registry.holdings import Holding
from carbonpolis.registry.retirement import retire

AUTHORITY = "authority"
PREFIX = "obligation/"
STATES = ("due", "partly_covered", "covered", "on_credit", "shortfall", "carried")


@dataclass(frozen=True, slots=True)
class Obligation:
    """What one emitter owes for one period.

    period: "2020-03". due_kg: verified emissions, in all; covered_kg and on_credit_kg: of them. surcharge_kg: what
    the true-up added for the rest, owed apart from it. state: one of STATES.
    """

    id: str
    city: str
    emitter: str
    period: str
    due_kg: int
    covered_kg: int
    on_credit_kg: int
    state: str
    surcharge_kg: int = 0

    def __post_init__(self) -> None:
        assert self.state in STATES, f"no state {self.state}"
        assert self.covered_kg >= 0 and self.on_credit_kg >= 0 and self.uncovered_kg >= 0, f"{self.id} does not add up"

    @property
    def uncovered_kg(self) -> int:
        """What is neither covered nor on credit."""
        return self.due_kg - self.covered_kg - self.on_credit_kg

    @property
    def asset(self) -> str:
        """The ledger asset it is booked in."""
        return f"{PREFIX}{self.period}"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A line of the public list: who did not cover what, and what the true-up adds for it. Kilograms."""

    city: str
    emitter: str
    periods: tuple[str, ...]
    shortfall_kg: int
    surcharge_kg: int


def oblige(city: str, emitter: str, period: str, kg: int) -> Decision:
    """An obligation of `kg` verified emissions falls due. Event: the Obligation (already covered when kg is 0).

    Raises ValueError for kg below 0.
    """
    if kg < 0:
        raise ValueError(f"{emitter} can't owe {kg} kg for {period}; expected 0 or more")
    return fall_due(Obligation(f"OBL-{period}-{emitter}", city, emitter, period, kg, 0, 0, "due" if kg else "covered"))


def cover(
    obligation: Obligation, held: Iterable[Holding], *, own_first: Collection[str] = frozenset(), at: date
) -> Decision:
    """Cover as much as the holdings allow: units AVAILABLE to RETIRED and the obligation DUE to COVERED, in one
    Decision.

    held: what the emitter has available, oldest first. own_first: batches of the emitter's own projects, used before
    all others. at: the day. Events: a Retirement for the emitter, purpose "compliance", and the Obligation.
    Nothing held or nothing uncovered: an empty Decision.
    """
    sequence = sorted(held, key=lambda holding: holding.batch not in own_first)
    kg = min(obligation.uncovered_kg, sum(holding.kg for holding in sequence))
    if not kg:
        return Decision()
    retired = retire(
        obligation.city,
        obligation.emitter,
        kg,
        sequence,
        id=f"RET-{obligation.id}-{obligation.covered_kg + kg}",
        beneficiary=obligation.emitter,
        purpose="compliance",
        period=obligation.period,
        at=at,
    )
    covered = replace(obligation, covered_kg=obligation.covered_kg + kg)
    moved = Transfer(account(obligation, Purpose.DUE), account(obligation, Purpose.COVERED), kg, Why.COVER)
    return retired + Decision((moved,), (replace(covered, state=obligation_state(covered)),))


def true_up(
    obligations: Sequence[Obligation], surcharge: int, *, into: str | None = None
) -> tuple[Decision, tuple[Shortfall, ...]]:
    """Settle a year's account: what is uncovered is a shortfall, surcharged, and listed publicly.

    surcharge: basis points of the shortfall, rounded up to a kilogram. into: the period, such as "2021-01", in which
    the surcharge falls due as an obligation of its own; without it the surcharge is recorded only. The shortfall
    itself stays due in its own period, so that no tonne is ever owed twice.
    Returns the Decision (events: each Obligation as shortfall or, with `into`, carried; the surcharge Obligations) and
    the list, largest first. Raises Refused when one of them was settled before.
    """
    decisions: list[Decision] = []
    short: dict[tuple[str, str], list[Obligation]] = {}
    for obligation in obligations:
        if obligation.state in ("shortfall", "carried"):
            raise Refused(obligation.id, "its year was settled before.")
        if obligation.uncovered_kg:
            settled = replace(
                obligation,
                state="carried" if into else "shortfall",
                surcharge_kg=share_up(obligation.uncovered_kg, surcharge),
            )
            decisions.append(Decision((), (settled,)))
            short.setdefault((settled.city, settled.emitter), []).append(settled)
    lines = [
        Shortfall(
            city,
            emitter,
            tuple(each.period for each in owed),
            sum(each.uncovered_kg for each in owed),
            sum(each.surcharge_kg for each in owed),
        )
        for (city, emitter), owed in short.items()
    ]
    if into:
        for line in lines:
            if line.surcharge_kg:
                name = f"SUR-{into}-{line.emitter}"
                owed = Obligation(name, line.city, line.emitter, into, line.surcharge_kg, 0, 0, "due")
                decisions.append(fall_due(owed, Why.SURCHARGE))
    return Decision.all(decisions), tuple(sorted(lines, key=lambda line: (-line.shortfall_kg, line.city, line.emitter)))


def uncovered(obligations: Iterable[Obligation]) -> tuple[Shortfall, ...]:
    """The public list as it stands at a month's end: who has what uncovered, largest first; no surcharge yet."""
    short: dict[tuple[str, str], list[Obligation]] = {}
    for obligation in obligations:
        if obligation.uncovered_kg:
            short.setdefault((obligation.city, obligation.emitter), []).append(obligation)
    lines = (
        Shortfall(city, emitter, tuple(each.period for each in owed), sum(each.uncovered_kg for each in owed), 0)
        for (city, emitter), owed in short.items()
    )
    return tuple(sorted(lines, key=lambda line: (-line.shortfall_kg, line.city, line.emitter)))


def obligation_state(obligation: Obligation) -> str:
    """The state that an obligation's kilograms put it in; one that was trued up stays so until nothing is uncovered."""
    if not obligation.uncovered_kg:
        return "on_credit" if obligation.on_credit_kg else "covered"
    if obligation.state in ("shortfall", "carried"):
        return obligation.state
    return "partly_covered" if obligation.covered_kg or obligation.on_credit_kg else "due"


def account(obligation: Obligation, purpose: Purpose) -> Account:
    """The emitter's account for an obligation: DUE, COVERED or ON_CREDIT."""
    return Account(obligation.city, obligation.emitter, obligation.asset, purpose)


def describe(line: Shortfall) -> str:
    """A line of the public list in words."""
    return f"{line.emitter} in {line.city}: {Mass(line.shortfall_kg)} not covered, surcharge {Mass(line.surcharge_kg)}"


def fall_due(obligation: Obligation, why: Why = Why.OBLIGE) -> Decision:
    """A new obligation enters the books as due. Event: the Obligation."""
    if not obligation.due_kg:
        return Decision((), (obligation,))
    issuer = Account(obligation.city, AUTHORITY, obligation.asset, Purpose.ISSUER)
    return Decision((Transfer(issuer, account(obligation, Purpose.DUE), obligation.due_kg, why),), (obligation,))
