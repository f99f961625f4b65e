"""The journal as pure data: entries, their canonical bytes, and the chain that seals a group of them.

An entry is one command. Its canonical bytes are one MessagePack array (smallest encodings):

    [seq, city, key, at, command, who, answer, accounts, opened, transfers, posted, events, happened]

`accounts`, `transfers` and `events` are counts. The three parts beside them are bytes of fixed-width items: of accounts
and events the 32-byte hash of each, of transfers 26 bytes each (debit number u64, credit number u64, amount i64, reason
u16, little-endian). A part of more than 64 items is replaced by the Merkle root over its blocks of 64, so that a proof
about one transfer never needs the thousand beside it. Where each transfer is a command of its own, two more fields
follow: how many keys, and the part of the keys (ledger/rows.py). The hash of the bytes is a leaf of the journal's
Merkle tree.

A commit seals the entries that became durable together: its digest is SHA-256 over the digest before it, the number of
its last entry (u64, little-endian) and the leaf hashes of its entries.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec
import numpy as np

from carbonpolis.ledger.account import REGISTER, Account
from carbonpolis.ledger.columns import NOTHING, Columns, Integers
from carbonpolis.ledger.merkle import HASH_BYTES, Tree, leaf_hash
from carbonpolis.ledger.rows import keys_part
from carbonpolis.ledger.transfer import CODES, Transfer

GENESIS = "0" * 64
EVERYWHERE = "*"
BLOCK = 64
POSTING_BYTES = 26
encode = msgspec.msgpack.Encoder().encode  # smallest encodings


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as stored: its kind, its id, its city, and its body as JSON text."""

    city: str
    kind: str
    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A decided command that waits for its commit. key: idempotency key; at: UTC time as ISO 8601 text.

    columns: transfers that follow the others. keys: of commands of their own, one a transfer in `columns`. content: a
    digest of what the command was given, kept with its key (docs/adr/0025); no part of the canonical bytes.
    """

    key: str
    at: str
    command: str
    who: str
    answer: str
    transfers: tuple[Transfer, ...]
    events: tuple[EventLine, ...]
    columns: Columns = NOTHING
    keys: tuple[str, ...] = ()
    content: bytes = b""

    @property
    def count(self) -> int:
        """How many transfers it posts."""
        return len(self.transfers) + (0 if self.columns is NOTHING else len(self.columns))


@dataclass(frozen=True, slots=True)
class Entry:
    """A draft in its place.

    city: where it was given. opened: accounts that came into being with it, by number. leaf: hash of its bytes.
    """

    seq: int
    city: str
    draft: Draft
    opened: tuple[tuple[int, Account], ...]
    leaf: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Sealed:
    """Entries that commit together, their postings, and the digest that chains them to all before.

    postings: a row each: numbers of debit and credit account, amount, code of the reason.
    """

    entries: tuple[Entry, ...]
    postings: Integers
    numbers: dict[Account, int]  # of the accounts that they open
    previous: str
    digest: str

    @property
    def last(self) -> int:
        """Number of the last entry."""
        return self.entries[-1].seq


class AccountNumbers:
    """The number that the journal gave each account, 1 to their count: of one account, and of many at once."""

    def __init__(self, known: Mapping[Account, int]) -> None:
        self.known = dict(known)
        self._by_index = np.zeros(0, np.int64)
        self._untaken: list[Mapping[Account, int]] = [self.known]

    def add(self, new: Mapping[Account, int]) -> None:
        """Take in accounts that were numbered on from the last."""
        if new:
            self.known.update(new)
            self._untaken.append(dict(new))

    def of(self, index: Integers) -> Integers:
        """Numbers by the accounts' places in the REGISTER; 0 where an account has none yet."""
        room = len(REGISTER.city)
        if len(self._by_index) < room:
            self._by_index = np.append(self._by_index, np.zeros(room - len(self._by_index), np.int64))
        for new in self._untaken:
            self._by_index[[account.index for account in new]] = list(new.values())
        self._untaken.clear()
        return self._by_index[index]


def seal(
    drafts: Sequence[Draft], numbers: Mapping[Account, int] | AccountNumbers, *, after: int, previous: str
) -> Sealed:
    """The drafts as the commit that follows entry `after`, whose commit has digest `previous`.

    numbers: of every account opened so far, 1 to their count; new ones are numbered on from there.
    """
    numbering = _Numbering(numbers if isinstance(numbers, AccountNumbers) else AccountNumbers(numbers))
    entries: list[Entry] = []
    flat: list[int] = []  # four numbers a posting, of those that are objects
    postings: list[Integers] = []
    for seq, draft in enumerate(drafts, start=after + 1):
        first = len(flat)
        numbering.add(draft.transfers, flat)
        posted = pack_postings(flat[first:])
        if draft.columns is not NOTHING:
            rows = numbering.rows(draft.columns)
            posted += pack_columns(*rows.T)
            postings += (_rows_of(flat), rows)
            flat = []
        opened = numbering.opened()
        opened_hashes = b"".join([opened_hash(number, account) for number, account in opened]) if opened else b""
        happened = b"".join([event_hash(event) for event in draft.events]) if draft.events else b""
        city = city_of(draft)
        head = (seq, city, draft.key, draft.at, draft.command, draft.who, draft.answer)
        leaf = leaf_hash(encode_entry(head, opened_hashes, posted, happened, draft.keys))
        entries.append(Entry(seq, city, draft, opened, leaf))
    digest = commit_digest(previous, entries[-1].seq, [entry.leaf for entry in entries])
    postings.append(_rows_of(flat))
    joined = np.concatenate(postings) if len(postings) > 1 else postings[0]
    return Sealed(tuple(entries), joined, numbering.new, previous, digest)


class _Numbering:
    """Gives accounts their numbers, in the order in which transfers first name them."""

    def __init__(self, numbers: AccountNumbers) -> None:
        self._find, self._of, self._before = numbers.known.get, numbers.of, len(numbers.known)
        self.new: dict[Account, int] = {}
        self._untold: list[tuple[int, Account]] = []

    def opened(self) -> tuple[tuple[int, Account], ...]:
        """Accounts numbered since this was last asked."""
        found, self._untold = tuple(self._untold), []
        return found

    def add(self, transfers: Sequence[Transfer], flat: list[int]) -> None:
        """Append the four numbers of each transfer."""
        find, open_, codes = self._find, self._open, CODES
        for each in transfers:
            debit, credit = find(each.debit) or open_(each.debit), find(each.credit) or open_(each.credit)
            flat += (debit, credit, each.amount, codes[each.why])

    def rows(self, columns: Columns) -> Integers:
        """The four numbers of each transfer, a row each."""
        of = self._of(columns.index)
        touched = columns.touched
        if not of[touched].all():
            legs = np.column_stack([columns.debit, columns.credit]).ravel()
            unknown, first = np.unique(legs[of[legs] == 0], return_index=True)
            for place in unknown[np.argsort(first)].tolist():
                of[place] = self._open(columns.accounts[place])
        return np.column_stack([of[columns.debit], of[columns.credit], columns.amount, columns.why])

    def _open(self, account: Account) -> int:
        number = self.new.get(account)
        if number is None:
            number = self.new[account] = self._before + len(self.new) + 1
            self._untold.append((number, account))
        return number


def _rows_of(flat: Sequence[int]) -> Integers:
    return np.array(flat, np.int64).reshape(-1, 4)


def city_of(draft: Draft) -> str:
    """Where the command was given: the city of everything in it, or "*" where it concerns several."""
    if len(draft.transfers) == 1 and draft.columns is NOTHING and not draft.events:  # most commands by far
        return draft.transfers[0].debit.city
    cities = [transfer.debit.city for transfer in draft.transfers]
    if len(draft.columns):
        paying = REGISTER.city[draft.columns.index[draft.columns.debit]]
        if (paying != paying[0]).any():
            return EVERYWHERE
        cities.append(draft.columns.accounts[int(draft.columns.debit[0])].city)
    events = draft.events
    city = cities[0] if cities else events[0].city if events else EVERYWHERE
    if any(other != city for other in cities):
        return EVERYWHERE
    for event in events:
        if event.city != city:
            return EVERYWHERE
    return city


Head = tuple[int, str, str, str, str, str, str]  # seq, city, key, at, command, who, answer
Part = tuple[int, bytes]  # how many items, and what the canonical bytes hold of them


def encode_entry(head: Head, opened: bytes, posted: bytes, happened: bytes, keys: Sequence[str] = ()) -> bytes:
    """The canonical bytes of an entry from its seven plain fields and its parts, each given as all its items."""
    accounts, transfers, events = len(opened) // 32, len(posted) // POSTING_BYTES, len(happened) // 32
    if accounts > BLOCK or transfers > BLOCK or events > BLOCK or keys:
        parts = [part_of(opened, HASH_BYTES), part_of(posted, POSTING_BYTES), part_of(happened, HASH_BYTES)]
        return encode_parts(head, [*parts, keys_part(keys)] if keys else parts)
    return encode((*head, accounts, opened, transfers, posted, events, happened))


def encode_parts(head: Head, parts: Sequence[Part]) -> bytes:
    """`encode_entry` from parts as the bytes hold them; the last of four is the keys'."""
    return encode((*head, *(field for part in parts for field in part)))


def part_of(items: bytes, width: int) -> Part:
    """A part as the canonical bytes hold it: all its items, or beyond 64 the root over its blocks."""
    count = len(items) // width
    return count, items if count <= BLOCK else part_tree(items, width).root()


def part_tree(part: bytes, width: int) -> Tree:
    """The tree over the blocks of 64 items of a part, each `width` bytes."""
    step = BLOCK * width
    return Tree(leaf_hash(part[at : at + step]) for at in range(0, len(part), step))


@lru_cache(maxsize=256)
def _packer(count: int) -> struct.Struct:
    return struct.Struct("<" + "QQqH" * count)


def pack_postings(flat: Sequence[int]) -> bytes:
    """Postings, four numbers each, as their canonical bytes, 26 each."""
    if len(flat) <= 4 * BLOCK:
        return _packer(len(flat) // 4).pack(*flat)
    step = 4 * BLOCK
    return b"".join([pack_postings(flat[at : at + step]) for at in range(0, len(flat), step)])


_PACKED = np.dtype([("debit", "<u8"), ("credit", "<u8"), ("amount", "<i8"), ("why", "<u2")])
assert _PACKED.itemsize == POSTING_BYTES


def pack_columns(debit: Integers, credit: Integers, amount: Integers, why: Integers) -> bytes:
    """Columns of postings as their canonical bytes, 26 each."""
    packed = np.empty(len(debit), _PACKED)
    packed["debit"], packed["credit"], packed["amount"], packed["why"] = debit, credit, amount, why
    return packed.tobytes()


def opened_hash(number: int, account: Account) -> bytes:
    """Hash of an account's opening: MessagePack of [number, city, owner, asset, purpose]."""
    return leaf_hash(encode((number, *account.name)))


def event_hash(event: EventLine) -> bytes:
    """Hash of an event: MessagePack of [city, kind, id, body]."""
    return leaf_hash(encode((event.city, event.kind, event.id, event.body)))


def commit_digest(previous: str, last: int, leaves: Iterable[bytes]) -> str:
    """SHA-256 in hexadecimal over the digest before, the number of the last entry, and every leaf of the commit."""
    content = bytes.fromhex(previous) + last.to_bytes(8, "little") + b"".join(leaves)
    return hashlib.sha256(content).hexdigest()


def holders(balances: Mapping[Account, int], asset: str) -> list[tuple[Account, int]]:
    """Every account that holds some of an asset, issuers left out."""
    return [(a, kg) for a, kg in balances.items() if a.asset == asset and kg and not a.may_go_negative]
