"""The auditor's desk: everything checked from the first byte, checkpoints signed, proofs written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from carbonpolis.errors import Refused
from carbonpolis.ledger.account import Account
from carbonpolis.ledger.checkpoint import Checkpoint, Signed, opened, public_pem, sign
from carbonpolis.ledger.journal import EventLine
from carbonpolis.ledger.merkle import Tree
from carbonpolis.ledger.proof import Json
from carbonpolis.ledger.replay import Block, Break, Replay
from carbonpolis.ledger.rules import Balances
from carbonpolis.market.credit.use_restrictions import UseAudit
from carbonpolis.platform.audit.foreign_tonnes import imported_twice
from carbonpolis.platform.audit.proofs import prove
from carbonpolis.platform.memory import uncollected
from carbonpolis.platform.work import Work
from carbonpolis.store.entities import decode, kind_of
from carbonpolis.store.keys import Keys
from carbonpolis.store.readings import ReadingsPart
from carbonpolis.store.snapshot import Snapshot

READINGS = kind_of(ReadingsPart)


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit found: figures when everything holds, otherwise the first fault.

    head: digest of the newest commit. root: of the Merkle tree over every entry.
    """

    fault: str = ""
    figures: dict[str, int] = field(default_factory=dict)
    head: str = ""
    root: str = ""

    @property
    def holds(self) -> bool:
        """True when no fault was found."""
        return not self.fault


class Audit:
    """Recomputes every hash and balance, compares them with the live tables, signs checkpoints and writes proofs."""

    def __init__(self, work: Work, keys: Keys) -> None:
        self._work, self._keys = work, keys
        self._tree = Tree()
        self._growing = Lock()

    def verify(self, *, against: Signed | None = None) -> Audited:
        """Replay the journal from its first entry; compare balances, things, checkpoints and readings with the stored.

        against: a checkpoint kept elsewhere, that the journal has to begin with.
        """
        replay = Replay()
        with uncollected(), self._work.journal.snapshot() as snapshot:
            fault = _replayed(replay, snapshot) or _live_differs(replay, snapshot) or _came_twice(replay, snapshot)
            stored = snapshot.checkpoints()
        signed = [Signed(each.body, each.signature) for each in stored]
        tree = Tree() if fault else Tree(replay.leaves)
        fault = fault or self._checkpoints_differ(tree, replay, [*signed, *([against] if against else [])])
        sizes = [Checkpoint.parse(each.body).size for each in signed] if not fault else []
        if not fault and sizes != [each.size for each in stored]:
            fault = "checkpoints: one stands under another size than its own"
        try:
            parts = [decode(line.kind, line.body) for line in replay.latest.values() if line.kind == READINGS]
        except ValueError as problem:  # a newer version's
            fault, parts = fault or f"things: {problem}", []
        fault = fault or self._readings_differ(parts)
        if fault:
            return Audited(fault=fault)
        figures = {
            "entries": replay.entries,
            "postings": replay.postings,
            "accounts": len(replay.balances()),
            "things": len(replay.latest),
            "checkpoints": len(signed),
            "readings files": len(parts),
        }
        return Audited(figures=figures, head=replay.head, root=tree.root().hex())

    def checkpoint(self) -> Signed:
        """The signed checkpoint of the journal as it stands, making it when there is none yet.

        Raises Refused on an empty journal, or where the folder is open for reading and no checkpoint is current.
        """
        head = self._work.journal.head()
        if head.seq == 0:
            raise Refused("checkpoint", "the journal is empty.")
        newest = self.newest_checkpoint()
        if newest is not None and Checkpoint.parse(newest.body).size == head.seq:
            return newest
        if not self._work.may_write:
            raise Refused("checkpoint", "the folder is open for reading only.")
        root = self._grown().root(head.seq)
        signed = sign(Checkpoint(head.seq, root, head.digest, self._work.now().isoformat()), self._keys.private())
        self._work.keep_checkpoint(head.seq, signed)
        return signed

    def newest_checkpoint(self) -> Signed | None:
        """The newest signed checkpoint, or None where none was signed yet."""
        with self._work.journal.snapshot() as snapshot:
            stored = snapshot.checkpoints()
        return Signed(stored[-1].body, stored[-1].signature) if stored else None

    def prove(self, what: str) -> Json:
        """The proof of a retirement (by id), a batch, a range of serials or a row's transfer (by key).

        It stands under the newest checkpoint. Raises Unknown when it's none of the four, Refused when no checkpoint
        covers it yet.
        """
        signed = self.checkpoint() if self._work.may_write else self.newest_checkpoint()
        if signed is None:
            raise Refused(what, "no checkpoint was signed yet; `carbonpolis audit checkpoint` signs one.")
        tree, row = self._grown(), self._work.journal.line_of(what)
        with self._work.journal.snapshot() as snapshot:
            return prove(what, self._work.state, snapshot, tree, signed, row)

    def consistency(self, old: Signed, new: Signed) -> list[bytes]:
        """The proof that the journal of the newer checkpoint begins with that of the older (RFC 9162)."""
        return self._grown().consistency(Checkpoint.parse(old.body).size, Checkpoint.parse(new.body).size)

    def public_key(self) -> bytes:
        """The public key of the checkpoints, as PEM text. Raises Refused where nothing was signed yet."""
        key = self._keys.public()
        if key is None:
            raise Refused("public key", "no checkpoint was signed yet; `carbonpolis audit checkpoint` signs one.")
        return public_pem(key)

    def _grown(self) -> Tree:
        """The tree over every entry there is; only what is new since the last call is read."""
        with self._growing:
            with self._work.journal.snapshot() as snapshot:
                self._tree.extend(snapshot.leaves(after=self._tree.size))
            return self._tree

    def _checkpoints_differ(self, tree: Tree, replay: Replay, signed: list[Signed]) -> str:
        key = self._keys.public()
        if signed and key is None:
            return f"checkpoints: the public key {self._keys.public_file.name} is missing"
        for each in signed:
            try:
                found = opened(each, key)  # type: ignore[arg-type]
            except ValueError as problem:
                return f"checkpoints: {problem}"
            if found.size > tree.size:
                return f"checkpoints: one covers {found.size:,} entries, the journal has {tree.size:,}"
            if found.root != tree.root(found.size) or replay.sealed.get(found.size) != found.head:
                return f"checkpoints: the journal does not begin with what was signed over {found.size:,} entries"
        return ""

    def _readings_differ(self, parts: Sequence[ReadingsPart]) -> str:
        found = self._work.readings.digests()
        for part in parts:
            if part.id not in found:
                return f"readings: {part.id} is missing; the journal records {part.rows} rows in it"
            if found[part.id] != part.sha256:
                return f"readings: {part.id} was changed after it was recorded"
        return ""


def _replayed(replay: Replay, snapshot: Snapshot) -> str:
    """Feed the journal to the replay, and ask of each block what its units may be used for; the first fault, or ""."""
    uses = UseAudit()
    try:
        for block in snapshot.blocks():
            first = replay.postings
            found = replay.feed(block) or _misused(uses, replay, block, first)
            if isinstance(found, Break):
                return f"journal entry {found.seq}: {found.reason}" if found.seq else f"journal: {found.reason}"
        gap = snapshot.gaps() or snapshot.repeated_key(replay.row_keys)
    except (ValueError, TypeError, OverflowError) as problem:
        return f"journal: after entry {replay.entries}: {problem}"
    return f"journal: {gap}" if gap else ""


def _misused(uses: UseAudit, replay: Replay, block: Block, first: int) -> Break | None:
    """The first transfer of a block that takes a freedom which its units do not have. first: postings before it."""
    if not len(block.debit):
        return None
    found = uses.first(replay.books.accounts, block.debit - 1, block.credit - 1)
    if found is None:
        return None
    posting, what = first + found[0] + 1, found[1]
    return Break(next(entry[0] for entry in block.entries if entry[7] >= posting), what)


def _came_twice(replay: Replay, snapshot: Snapshot) -> str:
    try:
        return imported_twice(replay.latest.values(), snapshot)
    except ValueError as problem:
        return f"things: {problem}"


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
