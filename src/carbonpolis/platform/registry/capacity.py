"""What projects may promise: their model's yield by a year, less what plans, forwards and planned units claim of it."""

from __future__ import annotations

from datetime import date

from carbonpolis.market.credit.draws import Draw
from carbonpolis.market.credit.repayment import Backing, backing, claimed_kg
from carbonpolis.market.offbook.forward import Forward
from carbonpolis.platform.measure.removals import measured
from carbonpolis.platform.registry.lookups import assessments, planned_of, rules_of
from carbonpolis.platform.work import State
from carbonpolis.quantity import BASIS_POINTS
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.rulebook import RuleBook

_SHARES = ("omge_share", "proceeds_share")  # of what is certified, to others than the owner and the pool


def taken_bp(state: State, project: SinkProject, on: date) -> int:
    """Share of a project's removal that deductions and the buffer take at issuance, basis points, rounded up.

    The buffer is the one of its newest risk assessment by its rule book, else the book's flat share. All of it where
    the book has neither, or the assessment failed: then nothing would be issued.
    """
    rules, removal = rules_of(project, on), measured(state, project)
    mean, sd = float(removal.mean), float(removal.sd)
    deducted = rules.deduction(project.sink_class, mean, sd).percent * 100 if mean > 0 else float(BASIS_POINTS)
    gone = rules.find("permanence_deduction", project.sink_class)
    never = rules.share_bp("permanence_deduction", project.sink_class) if gone is not None else 0
    shares = [rules.share_bp(name, project.sink_class) for name in _SHARES if rules.find(name, project.sink_class)]
    pooled = _buffer_bp(state, project, rules) + sum(shares)
    kept = (BASIS_POINTS - deducted) * (BASIS_POINTS - never) * (BASIS_POINTS - pooled) / BASIS_POINTS**2
    return min(BASIS_POINTS, BASIS_POINTS - max(0, int(kept)))


def _buffer_bp(state: State, project: SinkProject, rules: RuleBook) -> int:
    rated = assessments(state, project.id, rules.name)
    if rated:
        return BASIS_POINTS if rated[-1].failures else rated[-1].share_bp
    flat = rules.find("buffer_share", project.sink_class)
    return BASIS_POINTS if flat is None else rules.buffer_bp(project.sink_class)


def own_backing(state: State, project: SinkProject, *, drawn: int, by: int, but: str = "") -> Backing:
    """A project's yield in the years after `drawn` up to `by`; but: a draw whose own plan is not counted."""
    forwards = [f for f in state.all(Forward) if f.project == project.id and drawn < f.year <= by]
    claimed = claimed_kg(state.all(Draw), project.id, but=but) + sum(each.kg for each in forwards)
    claimed += sum(each.promised_kg for each in planned_of(state, project.id) if drawn < each.year <= by)
    return _backing(state, project, drawn, by, claimed)


def year_backing(state: State, project: SinkProject, year: int, *, but: str = "") -> Backing:
    """A project's yield of one year; but: a contract on it that is not counted."""
    forwards = [f for f in state.all(Forward) if f.project == project.id and f.year == year and f.id != but]
    planned = [each for each in planned_of(state, project.id) if each.year == year]
    claimed = sum(each.kg for each in forwards) + sum(each.promised_kg for each in planned)
    return _backing(state, project, year - 1, year, claimed)


def _backing(state: State, project: SinkProject, after: int, by: int, claimed: int) -> Backing:
    first = max(after, project.start_year - 1)
    taken = taken_bp(state, project, date(by, 12, 31))
    return backing(project.id, measured(state, project), after=first, by=by, taken_bp=taken, claimed_kg=claimed)
