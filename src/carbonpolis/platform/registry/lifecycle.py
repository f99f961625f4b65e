"""A project's moves with what they bring: how long it has to stay, and what an early end costs its owner."""

from __future__ import annotations

from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.platform.parties import party_named
from carbonpolis.platform.registry.lookups import issued_days, next_case, planned_of, rules_of, settled_losses_kg
from carbonpolis.platform.work import Answer, State
from carbonpolis.registry.land_index import LandIndex
from carbonpolis.registry.permanence import ended_early, stays
from carbonpolis.registry.planned import ended
from carbonpolis.registry.project import ASKS_LAND, SinkProject, move


def moved(
    state: State, project: SinkProject, verb: str, *, by: str, at: date, land: LandIndex
) -> tuple[Decision, Answer]:
    """The project moved on; a termination inside its commitment opens a case for what it leaves behind."""
    rules, who, issued = rules_of(project, at), party_named(state, by), issued_days(state, project.id)
    last = max((day for day, _ in issued), default=None)
    decision = move(
        project,
        verb,
        who,
        at,
        overlaps=land.overlaps(project, state.all(SinkProject)) if verb in ASKS_LAND else (),
        rules=rules,
        stays=stays(project, rules, at, last_issued=last),
    )
    planned = planned_of(state, project.id)
    if verb in ("close", "complete") and any(each.promised_kg for each in planned):
        raise Refused(project.id, "some of its planned units are not replaced yet.")
    if verb != "terminate":
        return decision, {}
    decision += ended(planned, state.balances, rules, at)
    case = ended_early(
        project,
        rules,
        issued=issued,
        lost_kg=settled_losses_kg(state, project.id),
        number=next_case(state, project.id),
        by=who,
        at=at,
    )
    if case is None:
        return decision, {}
    return decision + Decision(events=(case,)), {"case": case.id, "owed_kg": case.owed_kg}
