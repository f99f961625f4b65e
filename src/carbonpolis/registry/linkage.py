"""Units to and from other registries, locked on the way so that none is used twice; and Article 6 adjustments.

locked -> confirmed by the other registry -> done | rolled_back. On the way out the units lie locked with us and are
exported only when the other registry has named its serials; on the way in nothing is issued until it has said that its
units are gone there, and a foreign serial that came in once never comes in again.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.quantity import KG_PER_LOT, Mass
from carbonpolis.registry.foreign import read_serials
from carbonpolis.registry.foreign_forms import STATED, ForeignSerials
from carbonpolis.registry.foreign_index import brought_in, readable
from carbonpolis.registry.holdings import Holding, Place, carried, take
from carbonpolis.registry.issuance import REGISTRY
from carbonpolis.registry.lifecycle import CLASS_CODES, Move, walked
from carbonpolis.registry.party import Party, Role
from carbonpolis.registry.units import LARGEST_BATCH_KG, Batch, SerialRange, batch_id, checked_size, origin

FIRST_IMPORT_NUMBER = 900_001  # batch numbers from here on are imported units, below are projects of the city

LINK_MOVES: dict[str, dict[str, str]] = {
    "locked": {"confirm": "confirmed", "roll_back": "rolled_back"},
    "confirmed": {"finish": "done", "roll_back": "rolled_back"},
    "done": {},
    "rolled_back": {},
}
# state: {verb: next state}; picklists of the Climate Action Data Trust v1 data model (rules.md 5.4).
ADJUSTMENT_MOVES: dict[str, dict[str, str]] = {
    "not_started": {"start": "pending"},
    "pending": {"complete": "completed", "withdraw": "not_started"},
    "completed": {},
}
DECLARATIONS = ("committed", "not_required", "unknown")


@dataclass(frozen=True, slots=True)
class Transit:
    """Units on the way between registries. direction: "out" or "in".

    parts: (batch, kg) of ours, taken or issued. serials: ours, in order. foreign_serials: the other registry's.
    reference: the other registry's of the lock.
    """

    id: str
    city: str
    holder: str
    direction: str
    registry: str
    state: str
    kg: int
    parts: tuple[tuple[str, int], ...] = ()
    serials: tuple[str, ...] = ()
    foreign_serials: str = ""
    reference: str = ""
    history: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The corresponding adjustment (Paris Agreement, Article 6.2) of a batch's units. id: of the batch.

    declaration: committed, not_required or unknown. state: not_started, pending or completed. party: country that
    adjusts. reference: its letter of authorisation. kg: of the batch that are authorised.
    """

    id: str
    city: str
    declaration: str
    state: str
    party: str
    reference: str
    kg: int
    history: tuple[Move, ...] = ()


def lock_out(
    city: str,
    holder: Party,
    kg: int,
    held: Sequence[Holding],
    *,
    id: str,
    registry: str,
    by: Party,
    at: date,
) -> Decision:
    """Lock `kg` that the holder has available, to be exported. Transfers: available to escrow in the transit's name.

    Raises Refused when less is held, a part of a tonne is left over (other registries count tonnes), or `by` is
    neither the holder nor a registrar.
    """
    _may(by, holder.id)
    if not registry.strip():
        raise Refused(id, "an export names the other registry.")
    if kg <= 0 or kg % KG_PER_LOT:
        raise Refused(id, f"{Mass(kg)} can't be exported; other registries count whole tonnes.")
    parts = tuple((holding.batch, part) for holding, part in take(held, kg))
    transfers = carried(parts, Place(city, holder.id), Place(city, id, Purpose.ESCROW), Why.LOCK)
    transit = Transit(id, city, holder.id, "out", registry.strip(), "locked", kg, parts, history=_first(by, at))
    return Decision(transfers, (transit,))


def lock_in(
    holder: Party,
    foreign: str | ForeignSerials,
    *,
    id: str,
    reference: str,
    known: Iterable[Transit],
    batches: Iterable[Batch] = (),
    by: Party,
    at: date,
) -> Decision:
    """Record that another registry has locked its units for us. Nothing is issued yet.

    foreign: its serial range, as printed and read by `read_serials`, or stated by hand (`state_serials`). known,
    batches: every transit and batch there is. Raises Refused when a unit of it may have come in before or be on the
    way, in whatever spelling, or the range can't be read.
    """
    _may(by, holder.id)
    serials = foreign if isinstance(foreign, ForeignSerials) else _read(id, foreign)
    for other in brought_in(known, batches):
        theirs = other.serials
        if theirs is not None and serials.meets(theirs):
            raise Refused(
                id, f"{serials} meets {theirs}, which {other.by} brought in ({other.state}).{_apart(serials)}"
            )
    if not reference.strip():
        raise Refused(id, "an import names the other registry's reference of the lock.")
    if serials.kg > LARGEST_BATCH_KG:
        raise Refused(
            id, f"{serials} are {Mass(serials.kg)}, more than one batch has serials for; bring it in in parts."
        )
    transit = Transit(
        id=id,
        city=holder.city,
        holder=holder.id,
        direction="in",
        registry=serials.registry,
        state="locked",
        kg=serials.kg,
        foreign_serials=serials.text,
        reference=reference.strip(),
        history=_first(by, at),
    )
    return Decision(events=(transit,))


def confirm(
    transit: Transit,
    *,
    by: Party,
    at: date,
    foreign_serials: str = "",
    reference: str = "",
    serials: Sequence[SerialRange] = (),
    known: Iterable[Transit] = (),
) -> Decision:
    """The other registry has answered: out, with the serials it gives; in, that its units are gone there.

    serials: ours that are locked, out; they are kept with the transit. known: every transit there is. Raises Refused
    when its serials count otherwise, or name units that another export became.
    """
    _may(by, "")
    changed = replace(
        walked(transit, LINK_MOVES, "confirm", by.id, at), reference=reference.strip() or transit.reference
    )
    if transit.direction == "in":
        if not reference.strip():
            raise Refused(transit.id, "the other registry's confirmation that its units are gone is missing.")
        return Decision(events=(changed,))
    if not foreign_serials.strip():
        raise Refused(transit.id, "the other registry's serials are missing.")
    theirs = readable(foreign_serials)
    if theirs is not None:
        if theirs.kg != transit.kg:
            told = f"{theirs.kg // KG_PER_LOT:,} t" if theirs.kg % KG_PER_LOT == 0 else str(Mass(theirs.kg))
            raise Refused(transit.id, f"{foreign_serials} are {told}; {Mass(transit.kg)} are locked here.")
        for other in known:
            taken = readable(other.foreign_serials) if other.direction == "out" and other.id != transit.id else None
            if taken is not None and other.state != "rolled_back" and theirs.meets(taken):
                raise Refused(transit.id, f"{theirs} meets {taken}, which {other.id} became there ({other.state}).")
    ours = tuple(str(each) for each in serials)
    named = foreign_serials.strip() if theirs is None else theirs.text
    return Decision(events=(replace(changed, foreign_serials=named, serials=ours),))


def finish_out(transit: Transit, *, by: Party, at: date) -> Decision:
    """The export is done: locked units are exported, for good."""
    _may(by, "")
    _direction(transit, "out")
    done = walked(transit, LINK_MOVES, "finish", by.id, at)
    gone = Place(transit.city, transit.id, Purpose.EXPORTED)
    transfers = carried(transit.parts, Place(transit.city, transit.id, Purpose.ESCROW), gone, Why.EXPORT)
    return Decision(transfers, (done,))


def finish_in(
    transit: Transit, *, sink_class: str, number: int, source: str, issued: Container[str], by: Party, at: date
) -> Decision:
    """The import is done: units are issued to the holder as a batch of their own that names the foreign serials.

    sink_class: what the units are. number: of the batch, from FIRST_IMPORT_NUMBER on. source: where that is read.
    """
    _may(by, "")
    _direction(transit, "in")
    if number < FIRST_IMPORT_NUMBER:
        raise Refused(transit.id, f"imported units have numbers from {FIRST_IMPORT_NUMBER:,} on, not {number:,}.")
    serials = read_serials(transit.foreign_serials)
    if sink_class not in CLASS_CODES:
        raise Refused(transit.id, f"no sink class {sink_class!r}; choose from {', '.join(CLASS_CODES)}.")
    name = batch_id(transit.city, number, sink_class, serials.vintage)
    checked_size(name, transit.kg)
    if name in issued:
        raise Refused(name, "has been issued; a serial number is given once.")
    batch = Batch(
        id=name,
        city=transit.city,
        project=f"{serials.registry}:{serials.project}",
        owner=transit.holder,
        sink_class=sink_class,
        vintage=serials.vintage,
        issued_kg=transit.kg,
        buffer_kg=0,
        arithmetic=(
            f"imported from {serials.registry}: {serials.text}, {_counted(serials)}, both ends counted",
            f"locked under {transit.reference}; {source}",
        ),
        at=at.isoformat(),
        foreign_registry=serials.registry,
        foreign_serial=serials.text,
    )
    issuer = Account(transit.city, REGISTRY, name, Purpose.ISSUER)
    mine = Account(transit.city, transit.holder, name, Purpose.AVAILABLE)
    done = replace(
        walked(transit, LINK_MOVES, "finish", by.id, at), parts=((name, transit.kg),), serials=(str(batch.serials),)
    )
    return Decision((Transfer(issuer, mine, transit.kg, Why.IMPORT),), (done, batch))


def roll_back(transit: Transit, *, by: Party, at: date) -> Decision:
    """The other registry refused, or never answered: what was locked is free again, and the foreign serials with it."""
    _may(by, "")
    back = walked(transit, LINK_MOVES, "roll_back", by.id, at)
    if transit.direction == "in":
        return Decision(events=(back,))
    locked = Place(transit.city, transit.id, Purpose.ESCROW)
    transfers = carried(transit.parts, locked, Place(transit.city, transit.holder), Why.UNLOCK)
    return Decision(transfers, (back,))


def declare(
    batch: Batch, declaration: str, *, by: Party, at: date, party: str = "", reference: str = "", kg: int | None = None
) -> Decision:
    """Declare whether a corresponding adjustment is made for a batch. party: ISO code of the country that makes it.

    Raises ValueError for another declaration, Refused when a committed one names no country or authorisation.
    """
    if declaration not in DECLARATIONS:
        raise ValueError(f"no declaration {declaration!r}; choose from {', '.join(DECLARATIONS)}")
    _may(by, "")
    if declaration == "committed" and not (party.strip() and reference.strip()):
        raise Refused(batch.id, "a commitment names the country and its letter of authorisation.")
    if kg is not None and not 0 < kg <= batch.issued_kg:
        raise Refused(batch.id, f"{Mass(batch.issued_kg)} were issued; {Mass(kg)} can't be authorised.")
    adjustment = Adjustment(
        id=batch.id,
        city=origin(batch.id),
        declaration=declaration,
        state="not_started",
        party=party.strip(),
        reference=reference.strip(),
        kg=batch.issued_kg if kg is None else kg,
        history=(Move(at.isoformat(), "declare", by.id, "not_started"),),
    )
    return Decision(events=(adjustment,))


def adjust(adjustment: Adjustment, verb: str, *, by: Party, at: date) -> Decision:
    """Start, complete or withdraw an adjustment. Raises IllegalMove, or Refused where none was committed to."""
    _may(by, "")
    if adjustment.declaration != "committed":
        raise Refused(adjustment.id, f"its adjustment is {adjustment.declaration.replace('_', ' ')}.")
    return Decision(events=(walked(adjustment, ADJUSTMENT_MOVES, verb, by.id, at),))


def locked_serials(transit: Transit, places: Mapping[Account, Sequence[SerialRange]]) -> list[SerialRange]:
    """Our serials that lie locked in the transit's name, from `trace`."""
    return [
        serials
        for account, ranges in places.items()
        if account.owner == transit.id and account.purpose is Purpose.ESCROW
        for serials in ranges
    ]


def _read(id: str, foreign: str) -> ForeignSerials:
    try:
        return read_serials(foreign)
    except ValueError as problem:
        raise Refused(id, str(problem)) from None


def _counted(serials: ForeignSerials) -> str:
    return f"{serials.count:,} {'t' if serials.unit_kg == KG_PER_LOT else 'kg'}"


def _apart(serials: ForeignSerials) -> str:
    """What to do where serials said by hand are others indeed."""
    if serials.form != STATED:
        return ""
    return " If they are others, state the block of both as printed, from its first letter on, with its year and batch."


def _may(by: Party, holder: str) -> None:
    if by.id != holder and by.role != Role.REGISTRAR:
        raise Refused(by.id, f"only the holder or a registrar may do this; it is a {by.role}.")


def _direction(transit: Transit, direction: str) -> None:
    if transit.direction != direction:
        raise Refused(transit.id, f"goes {transit.direction}, not {direction}.")


def _first(by: Party, at: date) -> tuple[Move, ...]:
    return (Move(at.isoformat(), "lock", by.id, "locked"),)
