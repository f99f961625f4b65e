"""The auditor's desk: everything checked from the first byte, checkpoints signed, proofs written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from carbonpolis.ledger.account import Account
from carbonpolis.ledger.journal import EventLine
from carbonpolis.ledger.replay import Break, Replay
from carbonpolis.ledger.rules import Balances
from carbonpolis.platform.work import Work
from carbonpolis.store.readings import ReadingsPart
from carbonpolis.store.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit found: figures when everything holds, otherwise the first fault."""

    fault: str = ""
    figures: dict[str, int] = field(default_factory=dict)
    head: str = ""

    @property
    def holds(self) -> bool:
        """True when no fault was found."""
        return not self.fault


class Audit:
    """Recomputes every hash and balance and compares them with the live tables."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def verify(self) -> Audited:
        """Replay the journal from its first entry; compare balances, things and readings with what is stored."""
        replay = Replay()
        with self._work.journal.snapshot() as snapshot:
            fault = _replayed(replay, snapshot) or _live_differs(replay, snapshot)
        fault = fault or self._readings_differ()
        if fault:
            return Audited(fault=fault)
        figures = {
            "entries": replay.entries,
            "postings": replay.postings,
            "accounts": len(replay.balances()),
            "things": len(replay.latest),
            "readings files": len(self._work.state.all(ReadingsPart)),
        }
        return Audited(figures=figures, head=replay.head)

    def _readings_differ(self) -> str:
        found = self._work.readings.digests()
        for part in self._work.state.all(ReadingsPart):
            if part.id not in found:
                return f"readings: {part.id} is missing; the journal records {part.rows} rows in it"
            if found[part.id] != part.sha256:
                return f"readings: {part.id} was changed after it was recorded"
        return ""


def _replayed(replay: Replay, snapshot: Snapshot) -> str:
    """Feed the journal to the replay; the first fault in it, or ""."""
    try:
        for block in snapshot.blocks():
            found = replay.feed(block)
            if isinstance(found, Break):
                return f"journal entry {found.seq}: {found.reason}" if found.seq else f"journal: {found.reason}"
        gap = snapshot.gaps()
    except (ValueError, TypeError, OverflowError) as problem:
        return f"journal: after entry {replay.entries}: {problem}"
    return f"journal: {gap}" if gap else ""


def _live_differs(replay: Replay, snapshot: Snapshot) -> str:
    try:
        live, things = snapshot.balances(), snapshot.entities()
    except (ValueError, TypeError) as problem:
        return f"live tables: {problem}"
    return _balances_differ(replay.balances(), live) or _things_differ(replay.latest, things)


def _balances_differ(replayed: Balances, live: Balances) -> str:
    if replayed == live:
        return ""
    for account in replayed.keys() | live.keys():
        said, should = live.get(account, 0), replayed.get(account, 0)
        if said != should:
            return f"balance of {account}: the live table says {said:,}, the journal gives {should:,}"
    return ""


def _things_differ(latest: dict[tuple[str, str, str], EventLine], things: list[EventLine]) -> str:
    stored = {(line.city, line.kind, line.id): line for line in things}
    if latest == stored:
        return ""
    for key in sorted(latest.keys() | stored.keys()):
        if latest.get(key) != stored.get(key):
            return f"{key[1]} {key[2]} in {key[0]}: the live table differs from its latest event"
    return ""


def asset_sums(balances: Balances) -> dict[str, Counter[str]]:
    """Per asset, the sum held for each purpose; they sum to zero with the issuer's."""
    sums: dict[str, Counter[str]] = {}
    account: Account
    for account, amount in balances.items():
        sums.setdefault(account.asset, Counter())[account.purpose.value] += amount
    return sums
