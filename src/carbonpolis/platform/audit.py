"""The auditor's desk: everything checked from the first byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from carbonpolis.ledger.account import Account
from carbonpolis.ledger.journal import Break, Entry, EventLine, replay
from carbonpolis.ledger.rules import Balances
from carbonpolis.platform.work import Work
from carbonpolis.store.entities import decode, kind_of
from carbonpolis.store.readings import ReadingsPart

READINGS = kind_of(ReadingsPart)


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
        tally = _Tally()
        try:
            replayed = replay(tally.watch(entry) for entry in self._work.journal.entries())
        except (ValueError, TypeError) as problem:
            return Audited(fault=f"journal: {problem}")
        if isinstance(replayed, Break):
            return Audited(fault=f"journal entry {replayed.seq}: {replayed.reason}")
        balances, entries, head = replayed
        try:
            live, things = self._work.journal.balances(), self._work.journal.entities()
        except ValueError as problem:
            return Audited(fault=f"live tables: {problem}")
        fault = _balances_differ(balances, live) or _things_differ(tally.latest, things)
        parts = [decode(line.kind, line.body) for line in tally.latest.values() if line.kind == READINGS]
        fault = fault or self._readings_differ(parts)
        figures = {
            "entries": entries,
            "postings": tally.postings,
            "accounts": sum(1 for amount in balances.values() if amount),
            "things": len(tally.latest),
            "readings files": len(parts),
        }
        return Audited(fault=fault, figures=figures, head=head)

    def _readings_differ(self, parts: Sequence[ReadingsPart]) -> str:
        found = self._work.readings.digests()
        for part in parts:
            if part.id not in found:
                return f"readings: {part.id} is missing; the journal records {part.rows} rows in it"
            if found[part.id] != part.sha256:
                return f"readings: {part.id} was changed after it was recorded"
        return ""


class _Tally:
    """Counts postings and keeps the latest event of each thing while the journal streams by."""

    def __init__(self) -> None:
        self.postings = 0
        self.latest: dict[tuple[str, str, str], EventLine] = {}

    def watch(self, entry: Entry) -> Entry:
        self.postings += len(entry.draft.transfers)
        for line in entry.draft.events:
            self.latest[line.city, line.kind, line.id] = line
        return entry


def _balances_differ(replayed: Balances, live: Balances) -> str:
    for account in replayed.keys() | live.keys():
        said, should = live.get(account, 0), replayed.get(account, 0)
        if said != should:
            return f"balance of {account}: the live table says {said:,}, the journal gives {should:,}"
    return ""


def _things_differ(latest: dict[tuple[str, str, str], EventLine], things: list[EventLine]) -> str:
    stored = {(line.city, line.kind, line.id): line for line in things}
    for key in latest.keys() | stored.keys():
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
