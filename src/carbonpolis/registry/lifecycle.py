"""Lifecycles as tables: every legal move, where it leads and who may make it; and the one step through any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar, cast

from carbonpolis.errors import IllegalMove

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

# state: {verb: (next state, who may)}; "owner" is the project's own, the others are roles. design.md, "The registry",
# and rules.md, "Entities and state machines". A registered project is active while it is verified in time.
MOVES: dict[str, dict[str, tuple[str, str]]] = {
    "draft": {"list": ("listed", "owner"), "withdraw": ("withdrawn", "owner")},
    "listed": {
        "begin_validation": ("under_validation", "verifier"),
        "reject": ("rejected", "verifier"),
        "withdraw": ("withdrawn", "owner"),
    },
    "under_validation": {
        "validate": ("validated", "verifier"),
        "reject": ("rejected", "verifier"),
        "withdraw": ("withdrawn", "owner"),
    },
    "validated": {
        "register": ("registered", "registrar"),
        "reject": ("rejected", "registrar"),
        "withdraw": ("withdrawn", "owner"),
    },
    "registered": {
        "monitor": ("monitored", "owner"),
        "fall_late": ("late_to_verify", "registrar"),
        "suspend": ("suspended", "registrar"),
        "complete": ("completed", "registrar"),
        "close": ("closed", "owner"),
        "end_injection": ("registered", "owner"),
    },
    "monitored": {
        "verify": ("verified", "verifier"),
        "return": ("registered", "verifier"),
        "suspend": ("suspended", "registrar"),
    },
    "verified": {
        "issue": ("registered", "registrar"),
        "decline": ("registered", "registrar"),
        "query": ("monitored", "registrar"),
        "suspend": ("suspended", "registrar"),
    },
    "late_to_verify": {
        "monitor": ("monitored", "owner"),
        "fall_inactive": ("inactive", "registrar"),
        "suspend": ("suspended", "registrar"),
    },
    "inactive": {"terminate": ("terminated", "registrar")},
    "suspended": {"resume": ("registered", "registrar"), "terminate": ("terminated", "registrar")},
    "completed": {},
    "closed": {},
    "terminated": {},
    "withdrawn": {},
    "rejected": {},
}

# Classes that put CO2 underground: their care goes on after the last injection.
STORES = frozenset({"geological", "air_capture"})

# States in which a project claims its land against others; those that ended claim it until their last year.
CLAIMING = frozenset(MOVES) - {"draft", "withdrawn", "rejected"}
ENDED = frozenset({"completed", "closed", "terminated", "inactive"})

# Moves that come with a document or with units, and the function that makes them.
WITH_DOCUMENT = {
    "monitor": "registry.monitor",
    "verify": "registry.verify",
    "return": "registry.verify",
    "query": "registry.query",
    "issue": "registry.issue",
    "decline": "registry.decline",
    "fall_late": "registry.ladder",
    "fall_inactive": "registry.ladder",
}


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a project's history. at: ISO date. by: id of the party. to: the state it led to."""

    at: str
    verb: str
    by: str
    to: str


Walker = TypeVar("Walker")  # anything with an id, a state and a history: a project, a report, a case, a transfer ...


def walked(
    thing: Walker, moves: Mapping[str, Mapping[str, str | tuple[str, str]]], verb: str, by: str, at: date
) -> Walker:
    """A thing one step further in its table of moves, with the step in its history. Raises IllegalMove.

    moves: state to verbs, each with the state it leads to, alone or with who may make it. by: id of the party.
    """
    walker = cast(Any, thing)
    legal = moves[walker.state]
    if verb not in legal:
        raise IllegalMove(walker.id, verb, walker.state, legal)
    found = legal[verb]
    to = found if isinstance(found, str) else found[0]
    return cast(Walker, replace(walker, state=to, history=(*walker.history, Move(at.isoformat(), verb, by, to))))
