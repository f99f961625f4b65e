"""Planned units: a year's issuance told ahead, handed on but never used, replaced by real units when it is verified.

As Gold Standard's planned emission reductions for forests (501 s.11.2, annex C): at most five years ahead, only where a
verifier confirmed that the trees stand, a fifth of them in the buffer. They are an asset of their own, so nothing that
retires, trades or covers with units can take them. What is not replaced at verification stops the next issuance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.period import add_years
from carbonpolis.quantity import Mass, share_up
from carbonpolis.registry.buffer import BUFFER_POOL
from carbonpolis.registry.document import Document
from carbonpolis.registry.holdings import Holding, take
from carbonpolis.registry.issuance import REGISTRY
from carbonpolis.registry.party import Party
from carbonpolis.registry.project import SinkProject, check_registrar, check_verifier
from carbonpolis.registry.rulebook import RuleBook

CONFIRMATION = "planting confirmation"  # kind of the document in which a verifier says that the trees stand
PLANNED = "ex-ante/planned"
PLANS_FROM = ("registered", "monitored", "verified")


@dataclass(frozen=True, slots=True)
class Planned:
    """The planned units of one project and year; id: the ledger's name of the asset. Kilograms.

    issued_kg: all of them; buffer_kg: of these in the pool. replaced_kg: of what others than the owner held, by real
    units. missing_kg: of it, not replaced. cure_by: until when the owner makes that up, ISO date. confirmed: id of the
    verifier's document. state: outstanding, replaced or short. lines: the arithmetic.
    """

    id: str
    city: str
    project: str
    owner: str
    owner_city: str
    year: int
    issued_kg: int
    buffer_kg: int
    confirmed: str
    at: str
    replaced_kg: int = 0
    missing_kg: int = 0
    cure_by: str = ""
    state: str = "outstanding"
    lines: tuple[str, ...] = ()

    @property
    def promised_kg(self) -> int:
        """What the owner has promised of the year's issuance and not delivered yet."""
        return self.issued_kg - self.buffer_kg if self.state == "outstanding" else self.missing_kg

    def account(self, city: str, holder: str, purpose: Purpose = Purpose.AVAILABLE) -> Account:
        """A holder's account of them."""
        return Account(city, holder, self.id, purpose)


def plan(
    project: SinkProject,
    year: int,
    kg: int,
    *,
    rules: RuleBook,
    confirmed: Document | None,
    confirmer: Party | None,
    sure_kg: int,
    by: Party,
    owner_city: str,
    planned: Iterable[Planned],
    at: date,
) -> Decision:
    """A registrar issues `kg` planned units of a year to come: the owner's to the owner, the book's share to the pool.

    confirmed, confirmer: the document in which a verifier says that the trees stand, and that verifier. sure_kg: what
    the year surely yields to the owner and is not promised yet. planned: the project's own so far. Raises Refused where
    the book issues none, the year is too far, done or planned already, nobody confirmed, more is asked than is sure, or
    an earlier year is short.
    """
    check_registrar(project, by, at)
    ahead = rules.find("ex_ante_years", project.sink_class)
    if ahead is None:
        raise Refused(project.id, f"{rules.name} {rules.version} issues no planned units.")
    asset = f"{PLANNED}/{project.id}/{year}"
    why_not = short(planned) or _not_yet(project, year, at, int(ahead.value), rules.cite(ahead))
    if not why_not and any(each.id == asset for each in planned):
        why_not = f"its year {year} was planned already."
    if why_not:
        raise Refused(project.id, f"no planned units are issued: {why_not}")
    if confirmed is None or confirmer is None or confirmed.project != project.id or confirmed.kind != CONFIRMATION:
        raise Refused(
            project.id,
            f"no verifier confirmed that its trees stand; a {CONFIRMATION!r} is attached first [{rules.cite(ahead)}].",
        )
    check_verifier(project, confirmer, date.fromisoformat(confirmed.at))
    buffered = share_up(kg, rules.share_bp("ex_ante_buffer", project.sink_class))
    mine = kg - buffered
    if mine <= 0 or mine > sure_kg:
        raise Refused(project.id, f"{Mass(mine)} of {year} are asked for the owner; {Mass(sure_kg)} of it are sure.")
    share = rules.rule("ex_ante_buffer", project.sink_class)
    line = f"planned {Mass(kg)} of {year}, of it {share.value} % = {Mass(buffered)} into the pool [{rules.cite(share)}]"
    made = Planned(
        id=asset,
        city=project.city,
        project=project.id,
        owner=project.owner,
        owner_city=owner_city,
        year=year,
        issued_kg=kg,
        buffer_kg=buffered,
        confirmed=confirmed.id,
        at=at.isoformat(),
        lines=(line, f"that they stand says {confirmed.by} on {confirmed.at}, document {confirmed.id}"),
    )
    moves = ((made.account(owner_city, project.owner), mine, Why.ISSUE), (_pool(made), buffered, Why.BUFFER))
    return Decision(tuple(Transfer(_issuer(made), to, part, why) for to, part, why in moves if part), (made,))


def assign(planned: Planned, kg: int, held_kg: int, *, giver: Party, taker: Party) -> Decision:
    """Hand planned units on. held_kg: what the giver has of them. Raises Refused when it has less, or both are one."""
    if giver.id == taker.id or not 0 < kg <= held_kg:
        raise Refused(planned.id, f"{giver.id} has {Mass(held_kg)}; {Mass(kg)} can't be handed on to {taker.id}.")
    there = planned.account(taker.city, taker.id)
    return Decision((Transfer(planned.account(giver.city, giver.id), there, kg, Why.DELIVER),))


def replaced(planned: Planned, batch: str, owner_kg: int, balances: Mapping[Account, int], at: date) -> Decision:
    """The year was verified: real units go to who holds planned ones, kilogram for kilogram, and the planned are gone.

    batch: what was issued for the year, "" for nothing; owner_kg: of it, the owner's. The owner's own planned units and
    the pool's are simply gone: the real ones lie there. Too little is shared pro rata; what is missing is owed.
    """
    owed = _holders(planned, balances)
    given = _shares([kg for _, kg in owed], owner_kg if batch else 0)
    done = sum(given)
    short_by = sum(kg for _, kg in owed) - done
    rest = (planned.account(planned.owner_city, planned.owner), _pool(planned))
    gone = [
        *_given(planned, batch, owed, given),
        *(Transfer(each, _issuer(planned), balances[each], Why.CANCEL) for each in rest if balances.get(each, 0)),
    ]
    line = f"verified {at}: {Mass(done)} replaced from {batch or 'nothing'}, {Mass(short_by)} missing"
    state = "short" if short_by else "replaced"
    after = replace(planned, replaced_kg=done, missing_kg=short_by, state=state, lines=(*planned.lines, line))
    return Decision(tuple(gone), (after,))


def with_cure(planned: Planned, rules: RuleBook, at: date) -> Planned:
    """The same with the day until which its owner makes a shortfall up (Gold Standard 501 s.11.4)."""
    rule = rules.find("ex_ante_cure")
    if not planned.missing_kg or rule is None:
        return planned
    until = add_years(at, int(rule.value)).isoformat()
    return replace(planned, cure_by=until, lines=(*planned.lines, f"to be made up by {until} [{rules.cite(rule)}]"))


def make_up(
    planned: Planned, kg: int, held: Sequence[Holding], balances: Mapping[Account, int], *, owner: Party, at: date
) -> Decision:
    """The owner makes up what was missing with units it holds, oldest first, pro rata to who still has planned ones."""
    if owner.id != planned.owner or not 0 < kg <= planned.missing_kg:
        raise Refused(planned.id, f"{planned.owner} owes {Mass(planned.missing_kg)}; {owner.id} offered {Mass(kg)}.")
    owed, moves = _holders(planned, balances), list[Transfer]()
    left = dict(owed)
    for holding, part in take(held, kg):
        shares = _shares([left[account] for account, _ in owed], part)
        moves += _given(planned, holding.batch, owed, shares)
        for (account, _), share in zip(owed, shares, strict=True):
            left[account] -= share
    missing = planned.missing_kg - kg
    line = f"made up {Mass(kg)} on {at}, {Mass(missing)} missing"
    after = replace(
        planned,
        replaced_kg=planned.replaced_kg + kg,
        missing_kg=missing,
        state="short" if missing else "replaced",
        lines=(*planned.lines, line),
    )
    return Decision(tuple(moves), (after,))


def ended(planned: Iterable[Planned], balances: Mapping[Account, int], rules: RuleBook, at: date) -> Decision:
    """A project ended: what was planned and is outstanding is never issued, so its owner makes all of it up."""
    decisions = []
    for each in planned:
        if each.state == "outstanding":
            gone = replaced(each, "", 0, balances, at)
            decisions.append(Decision(gone.transfers, (with_cure(gone.one(Planned), rules, at),)))
    return Decision.all(decisions)


def short(planned: Iterable[Planned]) -> str:
    """Why nothing more is issued to a project: planned units that were not replaced; empty when all were."""
    for each in planned:
        if each.missing_kg:
            until = f" and are to be made up by {each.cure_by}" if each.cure_by else ""
            return f"{Mass(each.missing_kg)} of its planned units of {each.year} were not replaced{until}."
    return ""


def _not_yet(project: SinkProject, year: int, at: date, ahead: int, cited: str) -> str:
    if project.state not in PLANS_FROM:
        return f"it is {project.state}; only a registered project plans."
    if year <= project.settled_through or year < max(project.start_year, at.year):
        return f"{year} is past, settled or before its start; what was removed is verified."
    if year > at.year + ahead:
        return f"{year} is more than {ahead} years ahead of {at} [{cited}]."
    return ""


def _issuer(planned: Planned) -> Account:
    return planned.account(planned.city, REGISTRY, Purpose.ISSUER)


def _pool(planned: Planned) -> Account:
    return planned.account(planned.city, BUFFER_POOL, Purpose.BUFFER)


def _holders(planned: Planned, balances: Mapping[Account, int]) -> list[tuple[Account, int]]:
    """Who holds them besides the owner, in a fixed order."""
    found = [
        (account, kg)
        for account, kg in balances.items()
        if kg > 0
        and account.asset == planned.id
        and account.purpose is Purpose.AVAILABLE
        and account.owner != planned.owner
    ]
    return sorted(found, key=lambda each: each[0].name)


def _given(
    planned: Planned, batch: str, owed: Sequence[tuple[Account, int]], given: Sequence[int]
) -> Iterable[Transfer]:
    """Real units from the owner to each, and as many planned ones gone."""
    for (account, _), kg in zip(owed, given, strict=True):
        if kg:
            real = Account(planned.owner_city, planned.owner, batch, Purpose.AVAILABLE)
            yield Transfer(real, Account(account.city, account.owner, batch, Purpose.AVAILABLE), kg, Why.DELIVER)
            yield Transfer(account, _issuer(planned), kg, Why.CANCEL)


def _shares(owed: Sequence[int], kg: int) -> list[int]:
    """`kg` pro rata to what is owed and never more; what rounding leaves goes to the first that still lack some."""
    total = sum(owed)
    if kg >= total:
        return list(owed)
    parts = [each * kg // total for each in owed]
    left = kg - sum(parts)
    for index, each in enumerate(owed):
        more = min(left, each - parts[index])
        parts[index] += more
        left -= more
    return parts
