"""The buffer pool of a city: what projects put in against losses, and how it is held, cancelled, released, made good.

The pool is common: a loss is paid from what was held for the project, then from its own units, then from everybody's,
oldest first. Whose share is whose is kept by the entries, not by which units happen to lie there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.period import add_years
from carbonpolis.quantity import Mass, share_down
from carbonpolis.registry.party import Party
from carbonpolis.registry.project import SinkProject, check_registrar, step
from carbonpolis.registry.rulebook import RuleBook
from carbonpolis.registry.units import Batch, is_batch, parse_batch_id

BUFFER_POOL = "buffer-pool"
LATE = "late to verify"

KINDS = ("hold", "unhold", "release", "cancel", "replenish")


@dataclass(frozen=True, slots=True)
class BufferEntry:
    """One movement of the pool for one project; deposits at issuance stand in the Batch.

    kind: of KINDS. kg: all of it. own_kg: of it from the project's own share, the rest from the common pool. case: id
    of the loss it belongs to, or LATE. lines: the arithmetic.
    """

    id: str
    city: str
    project: str
    kind: str
    kg: int
    own_kg: int
    case: str
    at: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PoolPosition:
    """A project and the pool, in kilograms.

    deposited: at its issuances, what made losses good left out. replenished: what made losses good, from issuances and
    by its owner; more than the pool has paid for it so far counts for what the pool still has to pay.
    """

    deposited: int
    released: int
    cancelled_own: int
    cancelled_pool: int
    replenished: int
    held: int

    @property
    def own(self) -> int:
        """What is left of its own share, held or not."""
        return self.deposited - self.released - self.cancelled_own

    @property
    def cancelled(self) -> int:
        """Cancelled for its losses, own and common."""
        return self.cancelled_own + self.cancelled_pool

    @property
    def owed(self) -> int:
        """What the pool paid beyond its own share and it has not made good yet: first call on its next issuance."""
        return max(0, self.cancelled_pool - self.replenished)


def pool_position(project: str, batches: Iterable[Batch], entries: Iterable[BufferEntry]) -> PoolPosition:
    """A project's position in the pool from the journal's records; the order does not matter."""
    sums = dict.fromkeys(KINDS, 0)
    own = 0
    for entry in entries:
        if entry.project == project:
            sums[entry.kind] += entry.kg
            own += entry.own_kg if entry.kind == "cancel" else 0
    return PoolPosition(
        deposited=sum(batch.buffer_kg - batch.replenish_kg for batch in batches if batch.project == project),
        released=sums["release"],
        cancelled_own=own,
        cancelled_pool=sums["cancel"] - own,
        replenished=sums["replenish"],
        held=sums["hold"] - sums["unhold"],
    )


@dataclass(frozen=True, slots=True)
class Pool:
    """The pool and one project in it: everything that a rule about the buffer looks at.

    batches: ids of the project's own. standing: the project's. number: of buffer entries it has had.
    """

    balances: Mapping[Account, int]
    project: SinkProject
    batches: frozenset[str]
    standing: PoolPosition
    number: int

    def entry(self, kind: str, kg: int, own_kg: int, case: str, at: date, lines: Sequence[str] = ()) -> BufferEntry:
        """The next entry of the project."""
        name = f"BE-{self.project.id}-{self.number + 1}"
        return BufferEntry(
            name, self.project.city, self.project.id, kind, kg, own_kg, case, at.isoformat(), tuple(lines)
        )

    def draw(self, kg: int) -> list[tuple[Account, int]]:
        """Up to `kg` that nobody holds: own batches first, then others; each oldest first."""
        return _up_to(kg, sorted(self._free(), key=lambda each: self._order(each[0])))

    def draw_held(self, kg: int) -> list[tuple[Account, int]]:
        """Up to `kg` of what is held for this project."""
        held = [
            (account, amount)
            for account, amount in self.balances.items()
            if amount > 0 and account.purpose is Purpose.BUFFER_HELD and account.owner == _holder(self.project)
        ]
        return _up_to(kg, sorted(held, key=lambda each: self._order(each[0])))

    def _free(self) -> list[tuple[Account, int]]:
        return [
            (account, kg)
            for account, kg in self.balances.items()
            if kg > 0
            and account.purpose is Purpose.BUFFER
            and account.city == self.project.city
            and account.owner == BUFFER_POOL
            and is_batch(account.asset)
        ]

    def _order(self, account: Account) -> tuple[bool, int, str]:
        return account.asset not in self.batches, parse_batch_id(account.asset).vintage, account.asset


def _up_to(kg: int, accounts: Iterable[tuple[Account, int]]) -> list[tuple[Account, int]]:
    parts = []
    for account, held in accounts:
        part = min(kg, held)
        if part > 0:
            parts.append((account, part))
            kg -= part
    return parts


def _holder(project: SinkProject) -> str:
    return f"{BUFFER_POOL}/{project.id}"


def hold(pool: Pool, kg: int, case: str, at: date, lines: Sequence[str] = ()) -> Decision:
    """Put up to `kg` of the pool on hold for the project. Nothing is drawn that is not there."""
    parts = pool.draw(kg)
    moved = sum(part for _, part in parts)
    if not moved:
        return Decision()
    holder = _holder(pool.project)
    return Decision(
        tuple(Transfer(a, Account(a.city, holder, a.asset, Purpose.BUFFER_HELD), part, Why.HOLD) for a, part in parts),
        (pool.entry("hold", moved, moved, case, at, lines),),
    )


def unhold(pool: Pool, kg: int, case: str, at: date) -> Decision:
    """Take up to `kg` off hold again, back into the pool."""
    parts = pool.draw_held(kg)
    moved = sum(part for _, part in parts)
    if not moved:
        return Decision()
    return Decision(_back(parts), (pool.entry("unhold", moved, moved, case, at),))


def cancel(pool: Pool, kg: int, case: str, at: date, lines: Sequence[str] = (), *, held_kg: int = 0) -> Decision:
    """Cancel `kg` for a loss, or all that the pool has when it has less: what is held for the project first.

    held_kg: what was held for this case; it is no longer held afterwards, and what of it was not needed goes back into
    the pool. What holders bought is not touched.
    """
    from_hold = pool.draw_held(kg)
    used = sum(part for _, part in from_hold)
    parts = from_hold + pool.draw(kg - used)
    paid = sum(part for _, part in parts)
    if not paid:
        return Decision()
    transfers = tuple(
        Transfer(a, Account(a.city, BUFFER_POOL, a.asset, Purpose.CANCELLED), part, Why.REVERSAL) for a, part in parts
    )
    own = min(paid, max(0, pool.standing.own))
    events = [pool.entry("cancel", paid, own, case, at, lines)]
    freed = max(used, min(held_kg, pool.standing.held))
    if freed:
        left = {**pool.balances}
        for account, part in from_hold:
            left[account] -= part
        after = replace(pool, balances=left, number=pool.number + 1)
        transfers += _back(after.draw_held(freed - used))
        events.append(after.entry("unhold", freed, freed, case, at))
    return Decision(transfers, tuple(events))


def _back(parts: Iterable[tuple[Account, int]]) -> tuple[Transfer, ...]:
    return tuple(
        Transfer(a, Account(a.city, BUFFER_POOL, a.asset, Purpose.BUFFER), part, Why.UNHOLD) for a, part in parts
    )


def release(
    pool: Pool,
    *,
    rules: RuleBook,
    by: Party,
    owner_city: str,
    first_verified: date | None,
    last_release: date | None,
    rating_bp: Sequence[int],
    at: date,
    short: str = "",
) -> Decision:
    """Give part of a project's share back after good performance (VCS R&I process 5.2).

    first_verified: None for a project that never was. short: which planned units are missing, "" where none are.
    rating_bp: the buffer shares it was rated with, basis points, oldest first. Transfers: pool to the owner's available
    units. Raises Refused when it is too early, the rating rose, units are held, or it owes the pool.
    """
    project, now = pool.project, pool.standing
    if first_verified is None:
        raise Refused(project.id, "it was never verified; there is no buffer to release.")
    if short:
        raise Refused(project.id, f"no buffer is released: {short}")
    check_registrar(project, by, at)
    share = rules.find("release_share", project.sink_class)
    if share is None:
        raise Refused(project.id, f"{rules.name} releases no buffer.")
    why_not = _too_early(rules, first_verified, last_release, at)
    if not why_not and (now.held or now.owed):
        why_not = f"{Mass(now.held)} of its buffer are held and it owes the pool {Mass(now.owed)}."
    if not why_not and len(rating_bp) > 1 and rating_bp[-1] > rating_bp[-2]:
        why_not = f"its risk rose from {rating_bp[-2] / 100:g} to {rating_bp[-1] / 100:g} %."
    if why_not:
        raise Refused(project.id, f"no buffer is released: {why_not}")
    timed = share_down(now.own, int(Decimal(share.value) * 100))
    lines = [f"timed release {share.value} % of {Mass(now.own)} = {Mass(timed)}, down [{share.cited}]"]
    excess = 0
    if len(rating_bp) > 1 and rating_bp[-1] < rating_bp[-2]:
        kept = -(-now.own * rating_bp[-1] // rating_bp[-2])
        excess = max(0, now.own - timed - kept)
        lines.append(
            f"risk fell from {rating_bp[-2] / 100:g} to {rating_bp[-1] / 100:g} %: of {Mass(now.own)}, {Mass(kept)} "
            f"are kept, so {Mass(excess)} more are released"
        )
    parts = pool.draw(timed + excess)
    moved = sum(part for _, part in parts)
    if not moved:
        raise Refused(project.id, "there is no buffer to release.")
    transfers = tuple(
        Transfer(
            account, Account(owner_city, project.owner, account.asset, Purpose.AVAILABLE), part, Why.BUFFER_RELEASE
        )
        for account, part in parts
    )
    return Decision(transfers, (pool.entry("release", moved, moved, "release", at, lines),))


def _too_early(rules: RuleBook, first_verified: date, last_release: date | None, at: date) -> str:
    first = add_years(first_verified, int(rules.number("release_first")))
    if at < first:
        return f"it was first verified on {first_verified}; not before {first}."
    if last_release is not None:
        again = add_years(last_release, int(rules.number("release_every")))
        if at < again:
            return f"some was released on {last_release}; not again before {again}."
    return ""


def watches(rules: RuleBook) -> bool:
    """Whether a rule book does anything about projects that are not verified in time."""
    return rules.find("late_half") is not None


def ladder(
    pool: Pool,
    *,
    rules: RuleBook,
    by: Party,
    last_verified: date,
    issued_kg: int,
    held_late_kg: int,
    at: date,
    due: date | None = None,
) -> Decision:
    """What happens to a project that is not verified in time (VCS R&I process 5.3.6-8), once at each rung.

    Five years: half of its buffer is held and it is late. Ten: all of it. Fifteen: as much buffer as all units issued
    is cancelled, it is inactive. The years are the rule book's. due: when its book asks for the next verification, from
    `assurance.verification_due`: late from then on; where that is after the first rung, all rungs move with it.
    held_late_kg: what is held already for lateness. No transfers and no events when nothing is due.
    """
    project, now = pool.project, pool.standing
    held_late_kg = min(held_late_kg, now.held)
    first, *later = (int(rules.number(name)) for name in ("late_half", "late_all", "late_cancel"))
    half = max(add_years(last_verified, first), due or last_verified)
    everything, end = (add_years(half, years - first) for years in later)
    if at < min(half, due or half) or project.state not in ("registered", "late_to_verify"):
        return Decision()
    told = f"last verified {last_verified}, {f'due again by {due}, ' if due else ''}not again by {at}"
    events: tuple[SinkProject, ...] = ()
    late = project
    if project.state == "registered":
        late = step(project, "fall_late", by, at)
        events = (late,)
    if at >= end:
        gone = step(late, "fall_inactive", by, at)
        line = (
            f"{told}: as much as all units issued, {Mass(issued_kg)}, is cancelled [{rules.rule('late_cancel').cited}]"
        )
        return Decision(events=(gone,)) + cancel(pool, issued_kg, LATE, at, (line,), held_kg=held_late_kg)
    if at < half:
        return Decision(events=events)
    rung = "late_all" if at >= everything else "late_half"
    goal = now.own if rung == "late_all" else -(-now.own // 2)
    missing = max(0, goal - held_late_kg)
    line = f"{told}: {Mass(goal)} of {Mass(now.own)} are held [{rules.rule(rung).cited}]"
    return Decision(events=events) + (hold(pool, missing, LATE, at, (line,)) if missing else Decision())
