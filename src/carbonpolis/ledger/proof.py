"""A proof: some lines of the journal, and what it takes to check that they stand in it, with no journal at hand.

A proof carries whole entry heads with their place in the tree of a signed checkpoint, and single lines (a transfer, an
account's opening, an event) with their place in those entries. Its size grows with the logarithm of the journal's and
of the entry's length. `check` needs nothing but the document and the public key.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from carbonpolis.ledger.account import Account, account_named
from carbonpolis.ledger.checkpoint import Checkpoint, Signed, opened
from carbonpolis.ledger.journal import (
    BLOCK,
    POSTING_BYTES,
    EventLine,
    encode_parts,
    event_hash,
    opened_hash,
    pack_columns,
    part_of,
    part_tree,
)
from carbonpolis.ledger.merkle import HASH_BYTES, leaf_hash, root_from_inclusion
from carbonpolis.ledger.replay import Block
from carbonpolis.ledger.rows import keys_block, keys_part, keys_tree, read_block
from carbonpolis.ledger.transfer import BY_CODE

FORMAT = "carbonpolis proof 1"
FORMAT_OF_KEYS = "carbonpolis proof 2"  # the same with keys; whoever can't read them should say so
WIDTHS = {"accounts": HASH_BYTES, "transfers": POSTING_BYTES, "events": HASH_BYTES}
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProvenTransfer:
    """A transfer that stands in the journal. seq: its entry; at: when that was decided; line: its place in it."""

    seq: int
    at: str
    line: int
    debit: Account
    credit: Account
    amount: int
    why: str


@dataclass(frozen=True, slots=True)
class ProvenEvent:
    """An event that stands in the journal."""

    seq: int
    at: str
    event: EventLine


@dataclass(frozen=True, slots=True)
class ProvenKey:
    """The key of the command that posted line `line` of entry `seq`."""

    seq: int
    line: int
    key: str


@dataclass(frozen=True, slots=True)
class Proven:
    """What a document proves, under which checkpoint."""

    checkpoint: Checkpoint
    transfers: tuple[ProvenTransfer, ...]
    events: tuple[ProvenEvent, ...]
    keys: tuple[ProvenKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """All items of an entry's three parts, as bytes, by name; and the keys of its rows."""

    accounts: bytes
    transfers: bytes
    events: bytes
    keys: tuple[str, ...] = ()


def parts_of(block: Block) -> Parts:
    """The parts of a block that holds one entry."""
    return Parts(
        b"".join(opened_hash(number, account) for _, number, account in block.opened),
        pack_columns(block.debit, block.credit, block.amount, block.why),
        b"".join(event_hash(event) for _, _, event in block.events),
        tuple(block.keyed[0][1]) if block.keyed else (),
    )


def entry_document(head: Sequence[Any], parts: Parts, path: Sequence[bytes]) -> Json:
    """An entry's head, its parts as its hash covers them, and its path to the checkpoint's root."""
    document: Json = {"head": list(head), "path": [each.hex() for each in path]}
    for name, width in WIDTHS.items():
        count, covered = part_of(getattr(parts, name), width)
        document[name] = {"count": count, "part": covered.hex()}
    if parts.keys:
        count, covered = keys_part(parts.keys)
        document["keys"] = {"count": count, "part": covered.hex()}
    return document


def line_document(parts: Parts, name: str, line: int) -> Json:
    """Where line `line` of a part stands: nothing more for a short part, its block and path for a long one."""
    items, width = getattr(parts, name), WIDTHS[name]
    if len(items) // width <= BLOCK:
        return {"line": line}
    block = line // BLOCK
    content = items[block * BLOCK * width : (block + 1) * BLOCK * width]
    path = part_tree(items, width).inclusion(block)
    return {"line": line, "block": content.hex(), "path": [each.hex() for each in path]}


def key_document(parts: Parts, line: int) -> Json:
    """Where the key of line `line` stands, as `line_document`, and the key."""
    told = {"line": line, "key": parts.keys[line]}
    if len(parts.keys) <= BLOCK:
        return told
    path = keys_tree(parts.keys).inclusion(line // BLOCK)
    return {**told, "block": keys_block(parts.keys, line).hex(), "path": [each.hex() for each in path]}


def check(document: Mapping[str, Any], key: Ed25519PublicKey) -> Proven:
    """What the document proves. Raises ValueError saying what does not hold."""
    if document.get("format") not in (FORMAT, FORMAT_OF_KEYS):
        raise ValueError(f"this is no proof; expected format {FORMAT!r}")
    try:
        signed = Signed(document["checkpoint"]["body"], document["checkpoint"]["signature"])
        checkpoint = opened(signed, key)
        entries = {_seq(entry): _entry(entry, checkpoint) for entry in document["entries"]}
        accounts = dict(_accounts(document["accounts"], entries))
        transfers = tuple(_transfer(line, entries, accounts) for line in document["transfers"])
        events = tuple(_event(line, entries) for line in document["events"])
        keys = tuple(_key(line, entries) for line in document.get("keys", ()))
    except (KeyError, TypeError, AttributeError, struct.error) as problem:
        raise ValueError(f"the proof is not complete or not readable ({problem})") from None
    if len({(each.seq, each.line) for each in transfers}) < len(transfers):
        raise ValueError("it lists a transfer twice")
    return Proven(checkpoint, transfers, events, keys)


Entries = dict[int, Mapping[str, Any]]


def _seq(entry: Mapping[str, Any]) -> int:
    return int(entry["head"][0])


def _entry(entry: Mapping[str, Any], checkpoint: Checkpoint) -> Mapping[str, Any]:
    """An entry, once its hash was followed to the checkpoint's root."""
    names = [*WIDTHS, "keys"] if "keys" in entry else WIDTHS
    parts = [(int(entry[name]["count"]), bytes.fromhex(entry[name]["part"])) for name in names]
    leaf = leaf_hash(encode_parts(tuple(entry["head"]), parts))
    path = [bytes.fromhex(each) for each in entry["path"]]
    if root_from_inclusion(leaf, _seq(entry) - 1, checkpoint.size, path) != checkpoint.root:
        raise ValueError(f"entry {_seq(entry)} does not stand in the journal of the checkpoint")
    return entry


def _item(document: Mapping[str, Any], entries: Entries, name: str) -> tuple[Mapping[str, Any], bytes]:
    """The entry that a line belongs to, and the bytes that stand for the line in it."""
    entry, part, line = _covering(document, entries, name)
    width = WIDTHS[name]
    found = part[line * width : (line + 1) * width]
    if len(found) != width:
        raise ValueError(f"entry {_seq(entry)} is cut short")
    return entry, found


def _covering(document: Mapping[str, Any], entries: Entries, name: str) -> tuple[Mapping[str, Any], bytes, int]:
    """The entry that a line belongs to, the block of a part that it stands in, and its place in that."""
    entry, line = entries[int(document["entry"])], int(document["line"])
    count, part = int(entry[name]["count"]), bytes.fromhex(entry[name]["part"])
    if not 0 <= line < count:
        raise ValueError(f"entry {_seq(entry)} has no line {line} among its {name}")
    if count <= BLOCK:
        return entry, part, line
    content, blocks = bytes.fromhex(document["block"]), -(-count // BLOCK)
    path = [bytes.fromhex(each) for each in document["path"]]
    if root_from_inclusion(leaf_hash(content), line // BLOCK, blocks, path) != part:
        raise ValueError(f"line {line} does not stand in entry {_seq(entry)}")
    return entry, content, line % BLOCK


def _key(document: Mapping[str, Any], entries: Entries) -> ProvenKey:
    entry, block, line = _covering(document, entries, "keys")
    keys = read_block(block)
    if line >= len(keys) or keys[line] != document["key"]:
        raise ValueError(f"{document['key']!r} is not the key of line {document['line']} of entry {_seq(entry)}")
    return ProvenKey(_seq(entry), int(document["line"]), keys[line])


def _accounts(documents: Sequence[Mapping[str, Any]], entries: Entries) -> list[tuple[int, Account]]:
    found = []
    for document in documents:
        entry, item = _item(document, entries, "accounts")
        number, account = int(document["number"]), account_named(document["account"])
        if opened_hash(number, account) != item:
            raise ValueError(f"account {number} was not opened as {account} by entry {_seq(entry)}")
        found.append((number, account))
    return found


def _transfer(document: Mapping[str, Any], entries: Entries, accounts: Mapping[int, Account]) -> ProvenTransfer:
    entry, item = _item(document, entries, "transfers")
    debit, credit, amount, why = struct.unpack("<QQqH", item)
    if why not in BY_CODE:
        raise ValueError(f"a transfer of entry {_seq(entry)} has a reason that is not known here; update Carbonpolis")
    place = (_seq(entry), str(entry["head"][3]), int(document["line"]))
    return ProvenTransfer(*place, accounts[debit], accounts[credit], amount, BY_CODE[why].value)


def _event(document: Mapping[str, Any], entries: Entries) -> ProvenEvent:
    entry, item = _item(document, entries, "events")
    event = EventLine(document["city"], document["kind"], document["id"], document["body"])
    if event_hash(event) != item:
        raise ValueError(f"the {event.kind} {event.id} is not what entry {_seq(entry)} recorded")
    return ProvenEvent(_seq(entry), str(entry["head"][3]), event)
