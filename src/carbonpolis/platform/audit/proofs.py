"""Which lines of the journal prove a retirement or a unit, gathered into a document."""

from __future__ import annotations

from carbonpolis.errors import Refused, Unknown
from carbonpolis.ledger.checkpoint import Checkpoint, Signed
from carbonpolis.ledger.journal import EventLine
from carbonpolis.ledger.merkle import Tree
from carbonpolis.ledger.proof import (
    FORMAT,
    FORMAT_OF_KEYS,
    Json,
    Parts,
    entry_document,
    key_document,
    line_document,
    parts_of,
)
from carbonpolis.ledger.replay import Block
from carbonpolis.ledger.transfer import Why
from carbonpolis.platform.work import State
from carbonpolis.registry.retirement import Retirement
from carbonpolis.registry.units import Batch, SerialRange, follow
from carbonpolis.store.entities import decode, kind_of
from carbonpolis.store.snapshot import Snapshot


class _Gathered:
    """Lines wanted, and the entries they stand in."""

    def __init__(self, snapshot: Snapshot, tree: Tree, signed: Signed) -> None:
        self.snapshot, self.tree, self.signed = snapshot, tree, signed
        self.blocks: dict[int, Block] = {}
        self.parts: dict[int, Parts] = {}
        self.transfers: list[Json] = []
        self.events: list[Json] = []
        self.accounts: dict[int, Json] = {}
        self.keys: list[Json] = []
        self.size = Checkpoint.parse(signed.body).size

    def block(self, seq: int) -> Block:
        """One entry, which the proof then carries. Raises Refused when the checkpoint is older than it."""
        if seq > self.size:
            raise Refused(
                f"entry {seq}", f"the newest checkpoint covers {self.size}; `carbonpolis audit checkpoint` signs one."
            )
        if seq not in self.blocks:
            self.blocks[seq] = self.snapshot.entry(seq)
            self.parts[seq] = parts_of(self.blocks[seq])
        return self.blocks[seq]

    def event(self, seq: int, line: int) -> EventLine:
        """Add an event."""
        _, _, event = self.block(seq).events[line]
        body: Json = {"city": event.city, "kind": event.kind, "id": event.id, "body": event.body}
        self.events.append({"entry": seq, **line_document(self.parts[seq], "events", line), **body})
        return event

    def transfer(self, seq: int, line: int) -> None:
        """Add a transfer, and the opening of its accounts."""
        block = self.block(seq)
        if any((each["entry"], each["line"]) == (seq, line) for each in self.transfers):
            return
        self.transfers.append({"entry": seq, **line_document(self.parts[seq], "transfers", line)})
        numbers = [int(block.debit[line]), int(block.credit[line])]
        for number, (since, account) in self.snapshot.accounts(numbers).items():
            if number not in self.accounts:
                opened_lines = [each for _, each, _ in self.block(since).opened]
                place = line_document(self.parts[since], "accounts", opened_lines.index(number))
                self.accounts[number] = {"entry": since, **place, "number": number, "account": list(account.name)}

    def row(self, seq: int, line: int) -> None:
        """Add a transfer with the key of the command that it is."""
        self.transfer(seq, line)
        self.keys.append({"entry": seq, **key_document(self.parts[seq], line)})

    def document(self, about: Json) -> Json:
        """Everything gathered, under the checkpoint."""
        keyed = any(parts.keys for parts in self.parts.values())
        return {
            "format": FORMAT_OF_KEYS if keyed else FORMAT,
            "about": about,
            "checkpoint": {"body": self.signed.body, "signature": self.signed.signature},
            "entries": [
                entry_document(block.entries[0][:7], self.parts[seq], self.tree.inclusion(seq - 1, self.size))
                for seq, block in sorted(self.blocks.items())
            ],
            "accounts": [document for _, document in sorted(self.accounts.items())],
            "transfers": self.transfers,
            "events": self.events,
            **({"keys": self.keys} if self.keys else {}),
        }


def prove(
    what: str, state: State, snapshot: Snapshot, tree: Tree, signed: Signed, row: tuple[int, int] | None = None
) -> Json:
    """The proof of a retirement by its id, of a batch or a range of serials, or of a row's transfer by its key.

    row: entry and line of the row that has the key, if one has. Raises Unknown when it is none of the four, Refused
    when the checkpoint is older than what is to be proved.
    """
    gathered = _Gathered(snapshot, tree, signed)
    if state.find(Retirement, what) is not None:
        _retirement(what, gathered)
        return gathered.document({"kind": "retirement", "id": what})
    if row is not None and state.find(Batch, what) is None:
        gathered.row(*row)
        return gathered.document({"kind": "row", "key": what})
    batch, serials = _batch_of(what, state)
    _issuance(batch, gathered)
    about: Json = {"kind": "units", "batch": batch.id, "serials": str(serials or batch.serials)}
    if serials is not None:
        seq, line = _last_move(batch, serials, snapshot)
        gathered.transfer(seq, line)
        about["last move"] = {"entry": seq, "line": line}
    return gathered.document(about)


def _batch_of(what: str, state: State) -> tuple[Batch, SerialRange | None]:
    found = state.find(Batch, what)
    if found is not None:
        return found, None
    try:
        serials = SerialRange.parse(what)
    except ValueError:
        raise Unknown("retirement, batch or range of serials, or key of a transfer", what) from None
    batch = state.get(Batch, serials.batch)
    if not batch.serials.start <= serials.start <= serials.end <= batch.serials.end:
        raise Refused(what, f"the batch has serials {batch.serials}.")
    return batch, serials


def _retirement(id: str, gathered: _Gathered) -> None:
    seq, line = gathered.snapshot.events_of(kind_of(Retirement), id)[-1]
    record: Retirement = decode(kind_of(Retirement), gathered.event(seq, line).body)
    batches = dict(record.parts)
    block = gathered.block(seq)
    accounts = gathered.snapshot.accounts([int(number) for number in block.debit])
    for position, (debit, why) in enumerate(zip(block.debit.tolist(), block.why.tolist(), strict=True)):
        account = accounts[debit][1]
        if why == Why.RETIRE.code and account.asset in batches and account.owner == record.holder:
            gathered.transfer(seq, position)


def _issuance(batch: Batch, gathered: _Gathered) -> None:
    seq, line = gathered.snapshot.events_of(kind_of(Batch), batch.id)[0]
    gathered.event(seq, line)
    block = gathered.block(seq)
    accounts = gathered.snapshot.accounts([int(number) for number in block.debit])
    for position, debit in enumerate(block.debit.tolist()):
        if accounts[debit][1].asset == batch.id:
            gathered.transfer(seq, position)


def _last_move(batch: Batch, serials: SerialRange, snapshot: Snapshot) -> tuple[int, int]:
    """Entry and line of the transfer that brought the serials where they are. Raises Refused when they are apart."""
    listed = list(snapshot.transfers([batch.id]))
    last, together = -1, False
    for position, (_, moved, _) in enumerate(follow(batch, [transfer for _, transfer in listed])):
        for each in moved:
            if each.start <= serials.end and serials.start <= each.end:
                last, together = position, each.start <= serials.start and serials.end <= each.end
    if not together:
        raise Refused(str(serials), "its units went different ways; prove them by the ranges that stayed together.")
    seq = listed[last][0]
    before = sum(1 for each, _ in listed[:last] if each == seq)
    return seq, _line_in_entry(snapshot.entry(seq), snapshot, batch.id, before)


def _line_in_entry(block: Block, snapshot: Snapshot, asset: str, nth: int) -> int:
    accounts = snapshot.accounts([int(number) for number in block.debit])
    lines = [line for line, debit in enumerate(block.debit.tolist()) if accounts[debit][1].asset == asset]
    return lines[nth]
