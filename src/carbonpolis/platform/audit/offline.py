"""What a proof or a checkpoint shows, checked with the public key alone: no data folder, and no store is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from carbonpolis.ledger.checkpoint import Checkpoint, Signed, opened
from carbonpolis.ledger.proof import Proven, check
from carbonpolis.ledger.transfer import Why
from carbonpolis.registry.retirement import Retirement
from carbonpolis.registry.units import Batch

CHECKPOINT_FORMAT = "carbonpolis checkpoint 1"

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a proof file shows: one sentence a line."""

    lines: tuple[str, ...]


def check_document(document: Mapping[str, Any], key: Ed25519PublicKey) -> Checked:
    """Check a proof or a checkpoint. Raises ValueError saying what does not hold."""
    if document.get("format") == CHECKPOINT_FORMAT:
        checkpoint = opened(Signed(str(document.get("body")), str(document.get("signature"))), key)
        return Checked((_signed_line(checkpoint),))
    proven = check(document, key)
    about = document.get("about", {})
    told = _ABOUT.get(about.get("kind"))
    if told is None:
        raise ValueError(f"it is about {about.get('kind')!r}, which is not known here")
    lines = told(about, proven)
    return Checked((*lines, _signed_line(proven.checkpoint)))


def _about_retirement(about: Mapping[str, Any], proven: Proven) -> Sequence[str]:
    found = [each for each in proven.events if (each.event.kind, each.event.id) == ("retirement", about.get("id"))]
    if not found:
        raise ValueError(f"it holds no retirement {about.get('id')}")
    record: Retirement = _read(found[0].event.body, Retirement)
    retired: dict[str, int] = {}
    for each in proven.transfers:
        if each.seq == found[0].seq and each.why == Why.RETIRE.value and each.credit.is_final:
            retired[each.debit.asset] = retired.get(each.debit.asset, 0) + each.amount
    wanted: dict[str, int] = {}
    for batch, kg in record.parts:
        wanted[batch] = wanted.get(batch, 0) + kg
    if {batch: retired.get(batch, 0) for batch in wanted} != wanted or sum(wanted.values()) != record.kg:
        raise ValueError(f"the transfers of entry {found[0].seq} do not retire what {record.id} says")
    parts = ", ".join(f"{kg:,} kg of {batch}" for batch, kg in wanted.items())
    return (
        f"retirement {record.id}: {record.kg / 1000:,.3f} t for {record.beneficiary}, {record.purpose} {record.period}",
        f"entry {found[0].seq} of {found[0].at} retires {parts} from {record.holder}",
    )


def _about_units(about: Mapping[str, Any], proven: Proven) -> Sequence[str]:
    found = [each for each in proven.events if (each.event.kind, each.event.id) == ("batch", about.get("batch"))]
    if not found:
        raise ValueError(f"it holds no batch {about.get('batch')}")
    batch: Batch = _read(found[0].event.body, Batch)
    lines = [f"batch {batch.id}: serials {batch.serials} issued by entry {found[0].seq} of {found[0].at}"]
    lines += [
        f"entry {each.seq} of {each.at}, {each.why}: {each.amount:,} kg from {each.debit} to {each.credit}"
        for each in proven.transfers
    ]
    if "last move" in about:
        lines.append(
            f"that {about.get('serials')} went with the last of these is told by the folder's trace, not by this proof"
        )
    return lines


def _read(body: str, kind: type[Thing]) -> Thing:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as problem:
        raise ValueError(f"the {kind.__name__.lower()} in it can't be read: {problem}") from None


def _about_row(about: Mapping[str, Any], proven: Proven) -> Sequence[str]:
    key = about.get("key")
    moved = {(each.seq, each.line): each for each in proven.transfers}
    found = [moved.get((each.seq, each.line)) for each in proven.keys if each.key == key]
    if not found or found[0] is None:
        raise ValueError(f"it holds no transfer of the key {key!r}")
    one = found[0]
    return (f"key {key}: entry {one.seq} of {one.at}, {one.why}: {one.amount:,} from {one.debit} to {one.credit}",)


_ABOUT = {"row": _about_row, "retirement": _about_retirement, "units": _about_units}


def _signed_line(checkpoint: Checkpoint) -> str:
    return f"signed checkpoint of {checkpoint.at}: {checkpoint.size:,} entries, root {checkpoint.root.hex()}"
