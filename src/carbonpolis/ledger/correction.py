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


def correction_id(seq: int) -> str:
    """The id of the correction of an entry: there is at most one."""
    return f"entry-{seq}"


def reverse(entry: Entry, *, reason: str) -> Decision:
    """The mirror of an entry: its transfers back, the last first, and the Correction.

    What was recorded beside the transfers stays recorded; the rule that was wrong records the newer state. Raises
    Refused when no reason is given, when the entry moved nothing, or when it retired or cancelled units: that is final.
    Posting refuses it, as any decision, when the receiver no longer holds what it would give back.
    """
    subject = f"entry {entry.seq}"
    if not reason.strip():
        raise Refused(subject, "a correction says why.")
    if not entry.draft.transfers:
        raise Refused(subject, "it moved nothing; record the newer state of the thing instead.")
    final = [transfer for transfer in entry.draft.transfers if transfer.credit.is_final]
    if final:
        raise Refused(subject, f"{final[0].credit}: what is retired or cancelled is final.")
    mirrored = tuple(Transfer(t.credit, t.debit, t.amount, Why.CORRECT) for t in reversed(entry.draft.transfers))
    record = Correction(correction_id(entry.seq), entry.city, entry.seq, reason)
    return Decision(mirrored, (record,))
