"""A sink project and its lifecycle: a table of moves, and who may make each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from carbonpolis.errors import IllegalMove, Refused
from carbonpolis.ledger import Decision
from carbonpolis.registry.party import Party, Role

# Sink classes and the codes that serial numbers spell them with. Stored: never rename one.
CLASS_CODES = {
    "forest": "FOR",
    "urban_trees": "URB",
    "wetland": "WET",
    "soil": "SOI",
    "biochar": "BIO",
    "geological": "GEO",
    "air_capture": "DAC",
}

# state: {verb: (next state, who may)}; "owner" is the project's own, the others are roles. design.md, "The registry".
MOVES: dict[str, dict[str, tuple[str, str]]] = {
    "draft": {"list": ("listed", "owner"), "withdraw": ("withdrawn", "owner")},
    "listed": {
        "validate": ("validated", "verifier"),
        "reject": ("rejected", "verifier"),
        "withdraw": ("withdrawn", "owner"),
    },
    "validated": {"register": ("registered", "registrar"), "withdraw": ("withdrawn", "owner")},
    "registered": {
        "monitor": ("monitored", "owner"),
        "suspend": ("suspended", "registrar"),
        "close": ("closed", "owner"),
    },
    "monitored": {
        "verify": ("verified", "verifier"),
        "return": ("registered", "verifier"),
        "suspend": ("suspended", "registrar"),
    },
    "verified": {
        "issue": ("registered", "registrar"),
        "decline": ("registered", "registrar"),
        "suspend": ("suspended", "registrar"),
    },
    "suspended": {"resume": ("registered", "registrar"), "terminate": ("terminated", "registrar")},
    "closed": {},
    "terminated": {},
    "withdrawn": {},
    "rejected": {},
}

# Moves that come with a document or with units, and the function that makes them.
WITH_DOCUMENT = {
    "monitor": "registry.monitor",
    "verify": "registry.verify",
    "return": "registry.verify",
    "issue": "registry.issue",
    "decline": "registry.decline",
}

_NEVER_OWNERS = frozenset({Role.VERIFIER, Role.REGISTRAR, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a project's history. at: ISO date. by: id of the party. to: the state it led to."""

    at: str
    verb: str
    by: str
    to: str


@dataclass(frozen=True, slots=True)
class SinkProject:
    """A sink project as its last move left it.

    sink_class: a key of CLASS_CODES. model: name in measure.sinks.models(). inputs: further inputs of the model, in
    its units. area_ha: hectares. longevity_years: how long the carbon is meant to stay, years. status: "sourced" or
    "assumed", said in `source`. settled_through: the last vintage that was issued or declined; 0 before the first.
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
) -> Decision:
    """A new project in draft, owned by `by`.

    Raises Refused when a verifier, registrar or operator proposes (duties are separated) or the figures make no
    sense; ValueError for a sink class or status that does not exist.
    """
    if sink_class not in CLASS_CODES:
        raise ValueError(f"no sink class {sink_class!r}; choose from {', '.join(CLASS_CODES)}")
    if status not in ("sourced", "assumed"):
        raise ValueError(f"no status {status!r}; choose from sourced, assumed")
    if by.role in _NEVER_OWNERS:
        raise Refused(by.id, f"a {by.role} can't own a sink project; duties are separated.")
    if not area_ha >= 0:
        raise Refused(id, f"an area of {area_ha} ha is no area.")
    if not source.strip():
        raise Refused(id, "it says no source; name the document, or what is assumed.")
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
        history=(Move(at.isoformat(), "propose", by.id, "draft"),),
    )
    return Decision(events=(project,))


def move(project: SinkProject, verb: str, by: Party, at: date) -> Decision:
    """The project moved on by a verb that needs no document: list, validate, register, close, suspend, and so on.

    Raises IllegalMove when its state has no such verb, Refused when `by` may not make it, ValueError for a verb that
    carries a document or units: those have functions of their own.
    """
    if verb in WITH_DOCUMENT:
        raise ValueError(f"{verb!r} comes with a document: use {WITH_DOCUMENT[verb]}")
    return Decision(events=(step(project, verb, by, at),))


def step(project: SinkProject, verb: str, by: Party, at: date) -> SinkProject:
    """The project after one move of the table. For the registry's own functions; others call `move`.

    Raises IllegalMove and Refused as `move` does.
    """
    legal = MOVES[project.state]
    if verb not in legal:
        raise IllegalMove(project.id, verb, project.state, legal)
    to, who = legal[verb]
    why_not = _objection(project, verb, who, by, at)
    if why_not:
        raise Refused(project.id, why_not)
    day = at.isoformat()
    last = project.history[-1].at if project.history else day
    if day < last:
        raise Refused(project.id, f"can't {verb!r} on {day}: its last move was on {last}.")
    return replace(project, state=to, history=(*project.history, Move(day, verb, by.id, to)))


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
