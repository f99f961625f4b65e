"""Asked of every audit: are the same tonnes of another registry here twice, or more of them than its serials count?"""

from __future__ import annotations

from collections.abc import Iterable

from carbonpolis.ledger.journal import EventLine
from carbonpolis.quantity import Mass
from carbonpolis.registry.foreign_index import ForeignIndex, brought_in, readable
from carbonpolis.registry.linkage import Transit
from carbonpolis.registry.units import Batch
from carbonpolis.store.entities import decode, kind_of
from carbonpolis.store.snapshot import Snapshot

TRANSIT, BATCH = kind_of(Transit), kind_of(Batch)


def imported_twice(things: Iterable[EventLine], snapshot: Snapshot) -> str:
    """The first foreign units that came in twice, in whatever spelling, or are not as many as was issued for them.

    things: as their latest events left them. "" where all is well. Raises ValueError when one can't be read.
    """
    transits: list[Transit] = []
    batches: list[Batch] = []
    for line in things:
        if line.kind == TRANSIT:
            transits.append(decode(line.kind, line.body))
        elif line.kind == BATCH:
            batches.append(decode(line.kind, line.body))
    issued = {batch.id: batch for batch in batches}
    for transit in transits:
        for name, _ in transit.parts if transit.direction == "in" else ():
            if name in issued and not _same(issued[name].foreign_serial, transit.foreign_serials):
                return f"{_at(snapshot, BATCH, name)}: it is of other serials than {transit.id} brought in"
    index = ForeignIndex()
    for brought in brought_in(transits, batches):
        kind = TRANSIT if brought.state != "issued" else BATCH
        met = index.add(brought)
        if met is not None:
            return (
                f"{_at(snapshot, kind, brought.by)}: the same foreign units came in twice: {brought.text} meets "
                f"{met.text}, which {met.by} brought in ({met.state})"
            )
    for batch in batches:
        serials = readable(batch.foreign_serial)
        if serials is not None and serials.kg != batch.issued_kg:
            told = f"{Mass(batch.issued_kg)} were issued for {serials}, which are {Mass(serials.kg)}"
            return f"{_at(snapshot, BATCH, batch.id)}: {told}"
    return ""


def _same(text: str, other: str) -> bool:
    serials = readable(text)
    return text == other or (serials is not None and serials == readable(other))


def _at(snapshot: Snapshot, kind: str, name: str) -> str:
    """Where a thing was first recorded."""
    found = snapshot.events_of(kind, name)
    return f"journal entry {found[0][0]}, {kind} {name}" if found else f"{kind} {name}"
