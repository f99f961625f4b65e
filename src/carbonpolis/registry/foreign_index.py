"""Which tonnes of other registries came in, so that none comes in twice: by transfer, as history, however spelled."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from carbonpolis.registry.foreign import read_serials
from carbonpolis.registry.foreign_forms import STATED, ForeignSerials
from carbonpolis.registry.serial_text import plain, tokens

Bucket = tuple[str, ...]


class Incoming(Protocol):
    """What a transfer between registries says of foreign serials; `linkage.Transit` is one."""

    @property
    def id(self) -> str:
        """Of the transfer."""
        ...

    @property
    def direction(self) -> str:
        """ "in" or "out"."""
        ...

    @property
    def state(self) -> str:
        """How far it is: "rolled_back" where nothing came."""
        ...

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Batches here and kilograms of each."""
        ...

    @property
    def foreign_serials(self) -> str:
        """The other registry's serials, as text."""
        ...


class Imported(Protocol):
    """What a batch says of foreign serials; `units.Batch` is one."""

    @property
    def id(self) -> str:
        """Of the batch."""
        ...

    @property
    def foreign_serial(self) -> str:
        """The other registry's serials, as text; "" for units of our own."""
        ...


@dataclass(frozen=True, slots=True)
class Brought:
    """Foreign units that are here or on their way. by: transfer or batch. state: of a transfer, "issued" of a batch."""

    text: str
    by: str
    state: str

    @property
    def serials(self) -> ForeignSerials | None:
        """The serials; None where the text is of no form, as an older version may have taken in."""
        return readable(self.text)


def readable(text: str) -> ForeignSerials | None:
    """Serials of another registry; None where the text is of no form that is known here."""
    try:
        return read_serials(text)
    except ValueError:
        return None


def brought_in(transits: Iterable[Incoming], batches: Iterable[Imported] = ()) -> Iterator[Brought]:
    """Everything foreign that came in or is on its way: by transfers not rolled back, and by batches of their own."""
    told: set[str] = set()
    for transit in transits:
        if transit.direction == "in" and transit.state != "rolled_back":
            told.update(name for name, _ in transit.parts)
            yield Brought(transit.foreign_serials, transit.id, transit.state)
    for batch in batches:
        if batch.foreign_serial and batch.id not in told:
            yield Brought(batch.foreign_serial, batch.id, "issued")


@dataclass(slots=True)
class ForeignIndex:
    """Ranges of foreign units that have no unit in common; what would meet one of them is told, and not added."""

    _ranges: dict[Bucket, list[tuple[int, int, int]]] = field(default_factory=lambda: defaultdict(list))
    _forms: dict[Bucket, set[str]] = field(default_factory=lambda: defaultdict(set))
    _found: list[tuple[ForeignSerials | None, Brought]] = field(default_factory=list)
    _texts: dict[str, int] = field(default_factory=dict)  # of those of no form

    def add(self, brought: Brought) -> Brought | None:
        """Add units; where one of them may be there already, what brought it, and nothing is added."""
        serials = brought.serials
        if serials is None:
            before = self._texts.setdefault(plain(brought.text), len(self._found))
            if before < len(self._found):
                return self._found[before][1]
            self._found.append((None, brought))
            return None
        met = self.first_met(serials)
        if met is not None:
            return met
        number = len(self._found)
        self._found.append((serials, brought))
        for bucket in _homes(serials):
            insort(self._ranges[bucket], (*serials.span, number))
        self._forms[serials.registry, tokens(serials.project)[-1]].add(serials.form)
        return None

    def first_met(self, serials: ForeignSerials) -> Brought | None:
        """What brought a unit in that may be one of these; None where none is."""
        first, last = serials.span
        ranges = self._ranges.get(_homes(serials)[0], [])
        place = bisect_right(ranges, (first, 0, 0))
        near = ranges[max(0, place - 1) : place + 1]
        if serials.form == STATED:
            near = [*near, *self._ranges.get(_tail(serials), [])]
        project = (serials.registry, tokens(serials.project)[-1])
        for form in self._forms.get(project, set()) - {serials.form}:
            near = [*near, *self._ranges.get((*project, form), [])]
        for start, end, number in near:
            known, brought = self._found[number]
            if start <= last and first <= end and known is not None and known.meets(serials):
                return brought
        return None


def _homes(serials: ForeignSerials) -> list[Bucket]:
    """Where a range is kept: with those of its block, with those of its project in its form, and by its last token."""
    own = ("block", serials.registry, serials.form, *serials.key)
    project = (serials.registry, tokens(serials.project)[-1], serials.form)
    return [own, project] if serials.form != STATED else [own, project, _tail(serials)]


def _tail(serials: ForeignSerials) -> Bucket:
    return ("tail", serials.registry, tokens(serials.project)[-1], serials.key[-1])
