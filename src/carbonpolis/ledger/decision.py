"""What a rule returns: the transfers it wants posted and the things it wants recorded. A rule never posts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from carbonpolis.ledger.columns import NOTHING, Columns
from carbonpolis.ledger.transfer import Transfer


class Event(Protocol):
    """A thing as it stands after the decision (a project, a batch, a trade): a frozen dataclass with id and city."""

    @property
    def id(self) -> str:
        """Unique among the things of its kind."""

    @property
    def city(self) -> str:
        """Code of the city in whose books it is recorded."""


Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Decision:
    """Transfers that post together or not at all, and the events recorded with them.

    columns: more transfers, posted after the others; for a rule that moves things by the thousand.
    """

    transfers: tuple[Transfer, ...] = ()
    events: tuple[Event, ...] = ()
    columns: Columns = NOTHING

    def __add__(self, other: Decision) -> Decision:
        assert not self.columns and not other.columns, "what is in columns stands alone: its order would be lost"
        return Decision(self.transfers + other.transfers, self.events + other.events)

    def of(self, kind: type[Thing]) -> tuple[Thing, ...]:
        """The events of a kind, in their order."""
        return tuple(event for event in self.events if isinstance(event, kind))

    def one(self, kind: type[Thing], otherwise: Thing | None = None) -> Thing:
        """The only event of a kind; `otherwise`, where it is given, when there is none."""
        found = self.of(kind)
        if not found and otherwise is not None:
            return otherwise
        assert len(found) == 1, f"{len(found)} events of the kind {kind.__name__}; expected one"
        return found[0]

    @classmethod
    def all(cls, decisions: Iterable[Decision]) -> Decision:
        """One decision out of many, in their order."""
        transfers: list[Transfer] = []
        events: list[Event] = []
        for decision in decisions:
            transfers.extend(decision.transfers)
            events.extend(decision.events)
        return cls(tuple(transfers), tuple(events))
