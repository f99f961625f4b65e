"""How long a project has to be looked after: the commitment behind its units, monitoring, and care of a closed well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.period import add_months, add_years
from carbonpolis.quantity import Mass
from carbonpolis.registry.lifecycle import Move
from carbonpolis.registry.party import Party
from carbonpolis.registry.project import SinkProject, injection_ended
from carbonpolis.registry.reversal import LossEvent
from carbonpolis.registry.rulebook import RuleBook


def stays(project: SinkProject, rules: RuleBook, at: date, *, last_issued: date | None) -> str:
    """Why a project can't be completed or closed on a day yet, in one sentence; empty when nothing stands against it.

    last_issued: the day of its newest units; without any it owes nobody anything. Sources: CAR Forest Protocol v5.1
    (100 years after issuance), VCS Standard v4.7 3.2.24 (40 years of monitoring), VCS GCS v4.1 (care after injection).
    """
    if last_issued is None:
        return ""
    commitment = rules.find("permanence_years", project.sink_class)
    if commitment is not None and at < (until := add_years(last_issued, int(commitment.value))):
        return (
            f"its newest units are of {last_issued} and their carbon is committed for {commitment.value} years, to "
            f"{until} [{rules.cite(commitment)}]. Terminated before, all of it is an avoidable loss."
        )
    watched = rules.find("monitoring_years", project.sink_class)
    if watched is not None and at < (until := date(project.start_year + int(watched.value), 1, 1)):
        return (
            f"it began in {project.start_year} and is monitored for {watched.value} years, to {until} "
            f"[{rules.cite(watched)}]."
        )
    return _care(project, rules, at)


def _care(project: SinkProject, rules: RuleBook, at: date) -> str:
    """What is missing of the years in which a store is watched after its last injection."""
    care = rules.find("post_injection_years", project.sink_class)
    if care is None:
        return ""
    ended = injection_ended(project)
    if ended is None:
        return f"its injection has not ended; its owner says when, and {care.value} years follow [{rules.cite(care)}]."
    until = add_years(ended, int(care.value))
    if at < until:
        return (
            f"injection ended on {ended}; it is looked after for {care.value} years, to {until} [{rules.cite(care)}]."
        )
    if project.settled_through < until.year - 1:
        return (
            f"it was looked after to {until}, but its years are verified only through {project.settled_through}; "
            f"every year to {until.year - 1} is [{rules.cite(care)}]."
        )
    return ""


def ended_early(
    project: SinkProject,
    rules: RuleBook,
    *,
    issued: Sequence[tuple[date, int]],
    lost_kg: int,
    number: int,
    by: Party,
    at: date,
) -> LossEvent | None:
    """What a termination inside the commitment costs: an avoidable loss of everything that is still committed.

    issued: day and kilograms of each of its batches. lost_kg: of these, losses that were settled before. None where the
    book commits nobody or nothing is committed any more.
    """
    commitment = rules.find("permanence_years", project.sink_class)
    if commitment is None:
        return None
    under = sum(kg for day, kg in issued if at < add_years(day, int(commitment.value)))
    owed = under - lost_kg
    if owed <= 0:
        return None
    line = (
        f"terminated on {at} within {commitment.value} years of issuance: {Mass(under)} committed, {Mass(lost_kg)} of "
        f"them made good before; the owner owes {Mass(owed)} [{rules.cite(commitment)}]"
    )
    return owed_by_owner(
        project, rules, owed, cause="terminated within its commitment", lines=(line,), number=number, by=by, at=at
    )


def invalidation(
    project: SinkProject,
    rules: RuleBook,
    *,
    issuance: str,
    issued: date,
    certified_kg: int,
    overstated_kg: int,
    cause: str,
    number: int,
    by: Party,
    at: date,
) -> LossEvent | None:
    """What an issuance that should not have been costs its owner: the overstated units, to be surrendered.

    issued: the day of the units. None where nothing was overstated. Raises Refused after the book's years for it
    (`invalidation_years`, California: eight), and for no more than its `invalidation_share`: that belongs in the next
    report.
    """
    within = rules.find("invalidation_years", project.sink_class)
    if within is not None and at > (until := add_years(issued, int(within.value))):
        raise Refused(
            issuance,
            f"its units are of {issued}; after {within.value} years, since {until}, nothing is invalidated any more "
            f"[{rules.cite(within)}].",
        )
    if not 0 <= overstated_kg <= certified_kg:
        raise Refused(
            issuance, f"{Mass(certified_kg)} were certified; {Mass(overstated_kg)} can't be too many of them."
        )
    if not overstated_kg:
        return None
    share = rules.find("invalidation_share", project.sink_class)
    if share is not None and overstated_kg * 100 <= float(share.value) * certified_kg:
        raise Refused(
            issuance,
            f"{Mass(overstated_kg)} are not more than {share.value} % of the {Mass(certified_kg)} certified "
            f"[{rules.cite(share)}]; take them off the next report.",
        )
    line = f"{issuance} overstated by {Mass(overstated_kg)} of {Mass(certified_kg)}: {cause}; the owner surrenders them"
    return owed_by_owner(
        project,
        rules,
        overstated_kg,
        cause=f"{issuance} was recalled: {cause}",
        lines=(line,),
        number=number,
        by=by,
        at=at,
        pays="surrender",
    )


def owed_by_owner(
    project: SinkProject,
    rules: RuleBook,
    kg: int,
    *,
    cause: str,
    lines: tuple[str, ...],
    number: int,
    by: Party,
    at: date,
    pays: str = "",
) -> LossEvent:
    """A case that begins where others end: found avoidable, its owner owing all of it. pays: surrender or deposit."""
    rule = rules.find("loss_surrender", project.sink_class)
    day = at.isoformat()
    return LossEvent(
        id=f"LE-{project.id}-{number}",
        city=project.city,
        project=project.id,
        owner=project.owner,
        happened=day,
        cause=cause,
        state="avoidable",
        tell_by=day,
        verify_by=day,
        estimate_kg=kg,
        verified_kg=kg,
        finding="avoidable",
        surrender_by=add_months(at, int(rule.value)).isoformat() if rule else "",
        owner_pays=pays or rules.rule("avoidable").value,
        lines=lines,
        history=(Move(day, "find_avoidable", by.id, "avoidable"),),
    )
