"""The journal as pure data: entries, the hash that chains them, and the replay to balances.

Each entry's digest is SHA-256 over the digest before it and a canonical JSON text of everything the entry holds, so
changing one byte of any posting, event or answer breaks the chain from there on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from carbonpolis.ledger.account import Account
from carbonpolis.ledger.rules import Balances, Refusal, post
from carbonpolis.ledger.transfer import Transfer

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as stored: its kind, its id, its city, and its body as JSON text."""

    city: str
    kind: str
    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A decided command that waits for its commit. key: idempotency key; at: UTC time as ISO 8601 text."""

    key: str
    at: str
    command: str
    who: str
    answer: str
    transfers: tuple[Transfer, ...]
    events: tuple[EventLine, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A draft in its place in the chain."""

    seq: int
    draft: Draft
    previous: str
    digest: str


def posting_fields(transfer: Transfer) -> list[str | int]:
    """What the digest covers of a transfer: every stored column, in their order."""
    debit, credit = transfer.debit, transfer.credit
    return [
        *(debit.city, debit.owner, debit.purpose.value),
        *(credit.city, credit.owner, credit.purpose.value),
        *(debit.asset, transfer.amount, transfer.why.value),
    ]


def digest(seq: int, previous: str, draft: Draft) -> str:
    """SHA-256 in hexadecimal over the previous digest and the entry's canonical text."""
    content = [
        seq,
        *(draft.key, draft.at, draft.command, draft.who, draft.answer),
        [posting_fields(transfer) for transfer in draft.transfers],
        [[event.city, event.kind, event.id, event.body] for event in draft.events],
    ]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous.encode() + text.encode()).hexdigest()


def chain(drafts: Sequence[Draft], *, after: int, previous: str) -> list[Entry]:
    """The drafts as entries that continue a journal whose last entry is number `after` with digest `previous`."""
    entries = []
    for seq, draft in enumerate(drafts, start=after + 1):
        entry = Entry(seq, draft, previous, digest(seq, previous, draft))
        entries.append(entry)
        previous = entry.digest
    return entries


@dataclass(frozen=True, slots=True)
class Break:
    """Where a journal stops being believable, and why."""

    seq: int
    reason: str


def replay(entries: Iterable[Entry]) -> tuple[Balances, int, str] | Break:
    """Balances, number of entries and head digest after every entry; or the first break.

    Checks that numbers are contiguous, each digest holds, and no balance ever goes where it may not.
    """
    balances: Balances = {}
    previous, expected = GENESIS, 1
    for entry in entries:
        if entry.seq != expected:
            return Break(expected, f"entry {expected} is missing; the next one found is {entry.seq}")
        if entry.previous != previous:
            return Break(entry.seq, "it does not continue the entry before it")
        if entry.digest != digest(entry.seq, previous, entry.draft):
            return Break(entry.seq, "its content does not give its digest: something in it was changed")
        after = post(balances, entry.draft.transfers)
        if isinstance(after, Refusal):
            return Break(entry.seq, f"{after.account} pays {after.asked:,} and holds {after.held:,}")
        balances.update(after)
        previous, expected = entry.digest, expected + 1
    return balances, expected - 1, previous


def holders(balances: Balances, asset: str) -> list[tuple[Account, int]]:
    """Every account that holds some of an asset, issuers left out."""
    return [(a, kg) for a, kg in balances.items() if a.asset == asset and kg and not a.may_go_negative]
