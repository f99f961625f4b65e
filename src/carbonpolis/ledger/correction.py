"""Corrections: an entry is never edited. Its mirror is posted, and says what it corrects."""

from __future__ import annotations

from dataclasses import dataclass

from carbonpolis.errors import Refused
from carbonpolis.ledger.decision import Decision
from carbonpolis.ledger.journal import Entry
from carbonpolis.ledger.transfer import Transfer, Why


@dataclass(frozen=True, slots=True)
class Correction:
    """Says that an entry was wrong, why, and that its transfers were posted back. corrects: number of that entry."""

    id: str
    city: str
    corrects: int
    reason: str


def correction_id(seq: int, line: int | None = None) -> str:
    """The id of the correction of an entry, or of one row of it: there is at most one."""
    return f"entry-{seq}" if line is None else f"entry-{seq}-{line}"


def reverse(entry: Entry, *, reason: str, line: int | None = None) -> Decision:
    """The mirror of an entry: its transfers back, the last first, and the Correction.

    line: of an entry that holds rows, the one to mirror, counted from 0: each is a command of its own.

    What was recorded beside the transfers stays recorded; the rule that was wrong records the newer state. Raises
    Refused when no reason is given, when the entry moved nothing, or when it retired or cancelled units: that is final.
    Posting refuses it, as any decision, when the receiver no longer holds what it would give back.
    """
    subject = f"entry {entry.seq}"
    if not reason.strip():
        raise Refused(subject, "a correction says why.")
    transfers = entry.draft.transfers
    if not transfers:
        raise Refused(subject, "it moved nothing; record the newer state of the thing instead.")
    if bool(entry.draft.keys) != (line is not None):
        told = "it holds commands of their own; say which line." if entry.draft.keys else "it is one command, whole."
        raise Refused(subject, told)
    if line is not None:
        if not 0 <= line < len(transfers):
            raise Refused(subject, f"it has lines 0 to {len(transfers) - 1}, none {line}.")
        transfers = transfers[line : line + 1]
    final = [transfer for transfer in transfers if transfer.credit.is_final]
    if final:
        raise Refused(subject, f"{final[0].credit}: what is retired or cancelled is final.")
    mirrored = tuple(Transfer(t.credit, t.debit, t.amount, Why.CORRECT) for t in reversed(transfers))
    record = Correction(correction_id(entry.seq, line), entry.city, entry.seq, reason)
    return Decision(mirrored, (record,))
