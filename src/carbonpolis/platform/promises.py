"""What projects may promise: their model's yield by a year, less what plans and forward contracts claim of it."""

from __future__ import annotations

from datetime import date

from carbonpolis.market.credit import Draw
from carbonpolis.market.forward import Forward
from carbonpolis.market.repayment import Backing, backing, claimed_kg
from carbonpolis.platform.projects import measured
from carbonpolis.platform.work import State
from carbonpolis.quantity import BASIS_POINTS
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.rulebook import RuleBook


def taken_bp(state: State, project: SinkProject, on: date) -> int:
    """Share of a project's removal that its uncertainty deduction and the buffer take, basis points, rounded up."""
    rules, removal = RuleBook.load(project.rule_book, on=on), measured(state, project)
    mean, sd = float(removal.mean), float(removal.sd)
    deducted = rules.deduction(project.sink_class, mean, sd).percent * 100 if mean > 0 else float(BASIS_POINTS)
    kept = (BASIS_POINTS - deducted) * (BASIS_POINTS - rules.buffer_bp(project.sink_class)) / BASIS_POINTS
    return min(BASIS_POINTS, BASIS_POINTS - int(kept))


def own_backing(state: State, project: SinkProject, *, drawn: int, by: int, but: str = "") -> Backing:
    """A project's yield in the years after `drawn` up to `by`; but: a draw whose own plan is not counted."""
    forwards = [f for f in state.all(Forward) if f.project == project.id and drawn < f.year <= by]
    claimed = claimed_kg(state.all(Draw), project.id, but=but) + sum(each.kg for each in forwards)
    return _backing(state, project, drawn, by, claimed)


def year_backing(state: State, project: SinkProject, year: int, *, but: str = "") -> Backing:
    """A project's yield of one year; but: a contract on it that is not counted."""
    forwards = [f for f in state.all(Forward) if f.project == project.id and f.year == year and f.id != but]
    return _backing(state, project, year - 1, year, sum(each.kg for each in forwards))


def _backing(state: State, project: SinkProject, after: int, by: int, claimed: int) -> Backing:
    first = max(after, project.start_year - 1)
    taken = taken_bp(state, project, date(by, 12, 31))
    return backing(project.id, measured(state, project), after=first, by=by, taken_bp=taken, claimed_kg=claimed)
