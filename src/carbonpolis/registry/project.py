"""A sink project, and its moves through the table of its lifecycle: who may make each, and on what condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from carbonpolis.errors import IllegalMove, Refused
from carbonpolis.ledger import Decision
from carbonpolis.registry.boundary import Boundary
from carbonpolis.registry.lifecycle import CLAIMING, CLASS_CODES, ENDED, MOVES, STORES, WITH_DOCUMENT, Move, walked
from carbonpolis.registry.overlap import Overlap, Plot
from carbonpolis.registry.party import Party, Role
from carbonpolis.registry.rulebook import RuleBook, names

ASKS_LAND = ("list", "register")  # moves at which land that others claim is looked for
_NEVER_OWNERS = frozenset({Role.VERIFIER, Role.REGISTRAR, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class SinkProject:
    """A sink project as its last move left it.

    sink_class: a key of CLASS_CODES. model: name in measure.sinks.models(). inputs: further inputs of the model, in
    its units. area_ha: hectares. longevity_years: how long the carbon is meant to stay, years. status: "sourced" or
    "assumed", said in `source`. settled_through: the last vintage that was issued or declined; 0 before the first.
    rule_book: name of the one it goes by. boundary: canonical GeoJSON, "" where none was given; then `area_ha` is the
    stated one. crediting_years: length of the crediting period from `start_year` on, 0 where none was set; renewals:
    of it so far. baseline_t: t CO2e a year that would have been taken up without it. safeguards: how people and
    nature are kept from harm. members: ids of a group project's members. harvest_cycle_years: 0 without harvest.
    number: in the registry, spelled in the serials; 0 for one proposed before numbers were kept.
    """

    id: str
    city: str
    name: str
    sink_class: str
    model: str
    owner: str
    start_year: int
    area_ha: float
    inputs: dict[str, float | str]
    longevity_years: int
    status: str
    source: str
    state: str = "draft"
    history: tuple[Move, ...] = ()
    settled_through: int = 0
    rule_book: str = "default"
    boundary: str = ""
    crediting_years: int = 0
    renewals: int = 0
    baseline_t: float = 0.0
    safeguards: str = ""
    members: tuple[str, ...] = ()
    harvest_cycle_years: int = 0
    number: int = 0

    @property
    def last_year(self) -> int:
        """The last year of removal that it claims: of its end, its crediting period or, without one, its longevity."""
        if self.state in ENDED and self.history:
            return int(self.history[-1].at[:4])
        return self.start_year + (self.crediting_years or self.longevity_years) - 1

    def last(self, verb: str) -> Move | None:
        """The newest move of that verb, if it was ever made."""
        return next((move for move in reversed(self.history) if move.verb == verb), None)

    @property
    def monitored(self) -> int:
        """How often it was monitored: numbers its reports."""
        return sum(move.verb == "monitor" for move in self.history)


def propose(
    by: Party,
    *,
    id: str,
    city: str,
    name: str,
    sink_class: str,
    model: str,
    start_year: int,
    area_ha: float,
    inputs: dict[str, float | str],
    longevity_years: int,
    status: str,
    source: str,
    at: date,
    rule_book: str = "default",
    boundary: Boundary | None = None,
    crediting_years: int = 0,
    baseline_t: float = 0.0,
    safeguards: str = "",
    members: Sequence[str] = (),
    harvest_cycle_years: int = 0,
    number: int = 0,
) -> Decision:
    """A new project in draft, owned by `by`. With a boundary its area is the one that the boundary encloses.

    Raises Refused when a verifier, registrar or operator proposes (duties are separated), the figures make no sense or
    the stated area differs from the boundary's by more than the rule book's `area_tolerance`; ValueError for a sink
    class, status or rule book that does not exist.
    """
    if sink_class not in CLASS_CODES:
        raise ValueError(f"no sink class {sink_class!r}; choose from {', '.join(CLASS_CODES)}")
    if status not in ("sourced", "assumed"):
        raise ValueError(f"no status {status!r}; choose from sourced, assumed")
    if rule_book not in names():
        raise ValueError(f"no rule book {rule_book!r}; choose from {', '.join(names())}")
    if by.role in _NEVER_OWNERS:
        raise Refused(by.id, f"a {by.role} can't own a sink project; duties are separated.")
    if not area_ha >= 0:
        raise Refused(id, f"an area of {area_ha} ha is no area.")
    if not source.strip():
        raise Refused(id, "it says no source; name the document, or what is assumed.")
    if not baseline_t >= 0 or crediting_years < 0 or harvest_cycle_years < 0:
        raise Refused(id, "baseline, crediting period and harvest cycle can't be negative.")
    if boundary is not None:
        area_ha = _area(id, area_ha, boundary, RuleBook.load(rule_book))
    project = SinkProject(
        id=id,
        city=city,
        name=name,
        sink_class=sink_class,
        model=model,
        owner=by.id,
        start_year=start_year,
        area_ha=float(area_ha),
        inputs={key: value if isinstance(value, str) else float(value) for key, value in inputs.items()},
        longevity_years=longevity_years,
        status=status,
        source=source,
        rule_book=rule_book,
        boundary=boundary.geojson if boundary is not None else "",
        crediting_years=crediting_years,
        baseline_t=float(baseline_t),
        safeguards=safeguards,
        members=tuple(members),
        harvest_cycle_years=harvest_cycle_years,
        number=number,
        history=(Move(at.isoformat(), "propose", by.id, "draft"),),
    )
    return Decision(events=(project,))


def move(
    project: SinkProject,
    verb: str,
    by: Party,
    at: date,
    *,
    overlaps: Sequence[Overlap] = (),
    rules: RuleBook | None = None,
    stays: str = "",
) -> Decision:
    """The project moved on by a verb that needs no document: list, validate, register, close, suspend, and so on.

    overlaps: what it shares with others in the same years, from `Plots.overlaps`; asked at listing and registration.
    stays: why it can't end yet, from `permanence.stays`; asked at completion and closing.
    Raises IllegalMove when its state has no such verb, Refused when `by` may not make it or the rule book's condition
    is not met, ValueError for a verb that carries a document or units: those have functions of their own.
    """
    if verb in WITH_DOCUMENT:
        raise ValueError(f"{verb!r} comes with a document: use {WITH_DOCUMENT[verb]}")
    moved = step(project, verb, by, at)
    why_not = _condition(project, verb, by, at, overlaps, rules or RuleBook.load(project.rule_book))
    if not why_not and verb in ("complete", "close"):
        why_not = stays
    if why_not:
        raise Refused(project.id, why_not)
    return Decision(events=(moved,))


def redraw(project: SinkProject, boundary: Boundary, *, by: Party, area_ha: float | None = None) -> Decision:
    """The owner draws a draft's boundary, or draws it anew; from listing on it stands.

    area_ha: as stated, the project's own without it. Raises Refused for another than the owner, after listing, or when
    stated and enclosed area disagree.
    """
    if by.id != project.owner or project.state != "draft":
        raise Refused(project.id, f"only its owner {project.owner} draws its boundary, and only while it is a draft.")
    stated = project.area_ha if area_ha is None else area_ha
    area = _area(project.id, stated, boundary, RuleBook.load(project.rule_book))
    return Decision(events=(replace(project, boundary=boundary.geojson, area_ha=area),))


def renew(project: SinkProject, years: int, *, by: Party, at: date, rules: RuleBook | None = None) -> Decision:
    """The registrar renews the crediting period by so many years, within the rule book's limits.

    Raises Refused when it has no period, is not registered, or passes the number of renewals or the longest total.
    """
    book = rules or RuleBook.load(project.rule_book)
    why_not = _objection(project, "renew", Role.REGISTRAR, by, at)
    if why_not or project.state != "registered" or not project.crediting_years:
        raise Refused(project.id, why_not or "only a registered project with a crediting period is renewed.")
    allowed, longest = (book.rule(f"crediting_{name}", project.sink_class) for name in ("renewals", "total"))
    total = project.crediting_years + years
    if project.renewals >= int(allowed.value):
        why_not = f"it was renewed {project.renewals} times; {book.name} allows {allowed.value} [{book.cite(allowed)}]."
        raise Refused(project.id, why_not)
    if why_not := _fixed(project, years, book):
        raise Refused(project.id, why_not)
    if years <= 0 or total > int(longest.value):
        why_not = f"{years} more years make {total}; {book.name} allows {longest.value} in all [{book.cite(longest)}]."
        raise Refused(project.id, why_not)
    step_made = Move(at.isoformat(), "renew", by.id, project.state)
    renewed = replace(
        project, crediting_years=total, renewals=project.renewals + 1, history=(*project.history, step_made)
    )
    return Decision(events=(renewed,))


def plot_of(project: SinkProject) -> Plot | None:
    """The land and years that it claims, None where no boundary was given or it claims nothing."""
    if not project.boundary or project.state not in CLAIMING:
        return None
    return claim_of(project)


def claim_of(project: SinkProject) -> Plot:
    """The land and years that it claims, or would claim as a draft."""
    return Plot(project.id, project.boundary, project.start_year, project.last_year)


def injection_ended(project: SinkProject) -> date | None:
    """The day on which a store's injection ended, as its owner said; None while it goes on."""
    ended = project.last("end_injection")
    return date.fromisoformat(ended.at) if ended is not None else None


def step(project: SinkProject, verb: str, by: Party, at: date) -> SinkProject:
    """The project after one move of the table. For the registry's own functions; others call `move`.

    Raises IllegalMove and Refused as `move` does.
    """
    legal = MOVES[project.state]
    if verb not in legal:
        raise IllegalMove(project.id, verb, project.state, legal)
    _, who = legal[verb]
    why_not = _objection(project, verb, who, by, at)
    if why_not:
        raise Refused(project.id, why_not)
    day = at.isoformat()
    last = project.history[-1].at if project.history else day
    if day < last:
        raise Refused(project.id, f"can't {verb!r} on {day}: its last move was on {last}.")
    return walked(project, MOVES, verb, by.id, at)


def check_verifier(project: SinkProject, by: Party, at: date) -> None:
    """Raises Refused unless `by` may judge the project that day: accredited for its class, no owner, not connected."""
    why_not = _objection(project, "judge", Role.VERIFIER, by, at)
    if why_not:
        raise Refused(project.id, why_not)


def check_registrar(project: SinkProject, by: Party, at: date) -> None:
    """Raises Refused unless `by` is a registrar neither owning the project nor connected to its owner."""
    why_not = _objection(project, "decide on", Role.REGISTRAR, by, at)
    if why_not:
        raise Refused(project.id, why_not)


def _objection(project: SinkProject, verb: str, who: str, by: Party, at: date) -> str:
    """Why `by` may not make the move, in one sentence; empty when it may. The first reason that applies is told."""
    if who == "owner":
        return "" if by.id == project.owner else f"only its owner {project.owner} may {verb!r} it, not {by.id}."
    if by.id == project.owner:
        return f"{by.id} owns it and can't {verb!r} it; duties are separated."
    if by.role != who:
        return f"only a {who} may {verb!r} it; {by.id} is a {by.role}."
    if project.owner in by.connections:
        return f"{by.id} is connected to its owner {project.owner} and can't {verb!r} it; duties are separated."
    if who == "verifier" and not by.accredited(project.sink_class, at):
        return f"{by.id} is not accredited for {project.sink_class} on {at.isoformat()}."
    return ""


def _condition(
    project: SinkProject, verb: str, by: Party, at: date, overlaps: Sequence[Overlap], rules: RuleBook
) -> str:
    """What the rule book asks before a move and is not met, in one sentence; empty when all is."""
    if verb in ASKS_LAND and overlaps:
        others = "; ".join(map(str, overlaps))
        return f"its land is claimed already: {others}. One plot and year belongs to one project; redraw the boundary."
    if verb == "list":
        return _unlisted(project, rules)
    if verb == "validate":
        listed, days = project.last("list"), int(rules.number("public_comment_days"))
        opened = date.fromisoformat(listed.at) if listed else at
        if at < opened + timedelta(days=days):
            return (
                f"it was listed on {opened} and stays open to comment for {days} days, to {opened + timedelta(days)}."
            )
    if verb == "register":
        validated = project.last("validate")
        if validated and (validated.by == by.id or validated.by in by.connections):
            return f"{by.id} validated it, or is connected to {validated.by} who did; duties are separated."
    if verb == "complete" and at.year <= project.last_year:
        return f"its crediting period runs to the end of {project.last_year}."
    if verb == "end_injection":
        if project.sink_class not in STORES:
            return f"a {project.sink_class} project injects nothing."
        if (ended := injection_ended(project)) is not None:
            return f"its injection ended on {ended} already."
    return ""


def _unlisted(project: SinkProject, rules: RuleBook) -> str:
    wanted = rules.find("boundary", project.sink_class)
    if wanted is not None and wanted.value == "required" and not project.boundary:
        return (
            f"no boundary given; {rules.name} lists no {project.sink_class} project without its polygon "
            f"[{rules.cite(wanted)}]."
        )
    for parameter in ("longevity_min", "permanence_years"):
        shortest = rules.find(parameter, project.sink_class)
        if shortest is not None and project.longevity_years < float(shortest.value):
            return (
                f"its carbon is to stay {project.longevity_years} years; {rules.name} asks for {shortest.value} "
                f"[{rules.cite(shortest)}]."
            )
    return _period(project, rules)


def _fixed(project: SinkProject, years: int, rules: RuleBook) -> str:
    """Why a period isn't renewed by so many years: it was fixed, or that is longer than a period may be; else empty."""
    fixed, high = (rules.find(f"crediting_{name}", project.sink_class) for name in ("fixed", "max"))
    if fixed is not None and not project.renewals and project.crediting_years == int(fixed.value):
        return f"a period of {fixed.value} years is fixed and not renewed [{rules.cite(fixed)}]."
    if high is not None and years > float(high.value):
        return f"renewed by {years} years; {rules.name} allows periods of at most {high.value} [{rules.cite(high)}]."
    return ""


def _period(project: SinkProject, rules: RuleBook) -> str:
    """What the rule book asks of a crediting period and is not met."""
    low, high = (rules.find(f"crediting_{end}", project.sink_class) for end in ("min", "max"))
    limits = f"{low.value if low else 1} to {high.value if high else 'any'} years"
    stated = rules.find("crediting_period", project.sink_class)
    stating = low or high
    cited = rules.cite(stating) if stating else rules.name
    if not project.crediting_years:
        if stated is not None and stated.value == "required" and stating:
            return f"it states no crediting period; {rules.name} asks for {limits} [{cited}]."
        return ""
    years = project.crediting_years
    fixed = rules.find("crediting_fixed", project.sink_class)
    if fixed is not None and low is not None and years not in (int(low.value), int(fixed.value)):
        choice = f"{low.value} years, renewed, or {fixed.value}, fixed"
        return f"a crediting period of {years} years; {rules.name} allows {choice} [{rules.cite(fixed)}]."
    if (low and years < float(low.value)) or (high and years > float(high.value)):
        return f"a crediting period of {years} years; {rules.name} allows {limits} [{cited}]."
    return ""


def _area(id: str, stated: float, boundary: Boundary, rules: RuleBook) -> float:
    """The enclosed area, when the stated one agrees with it."""
    tolerance = rules.number("area_tolerance")
    if abs(stated - boundary.area_ha) > tolerance / 100 * boundary.area_ha:
        raise Refused(
            id,
            f"it states {stated:,.2f} ha and its boundary encloses {boundary.area_ha:,.2f} ha; at most {tolerance:g} % "
            "apart are taken for the same. Mend the one that is wrong.",
        )
    return boundary.area_ha
