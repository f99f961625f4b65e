"""Rows: transfers that arrive together, each a command of its own, with its own key and its own answer.

One entry of the journal holds all that were accepted. Its canonical bytes end with their keys, a key a transfer: what
was done under which key is hashed and proved as the transfers are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
import numpy.typing as npt

from carbonpolis.ledger.account import Account
from carbonpolis.ledger.columns import Columns, Integers
from carbonpolis.ledger.limits import LARGEST, Limits
from carbonpolis.ledger.merkle import Tree, leaf_hash
from carbonpolis.ledger.posting import ABOVE, ACCEPTED, SEEN, SHORT, AccountBounds, apply_each
from carbonpolis.ledger.rules import Balances, Refusal

KEYS_A_BLOCK = 64
Flags = npt.NDArray[np.bool_]
_NO_LIMITS: Limits = {}
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[list[str]]).decode
_decode_block = msgspec.msgpack.Decoder(list[str]).decode


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Transfers, each with its idempotency key."""

    keys: tuple[str, ...]
    moved: Columns

    def __post_init__(self) -> None:
        assert len(self.keys) == len(self.moved), "a row has one key and one transfer"
        assert not len(self.moved) or int(self.moved.amount.max()) < LARGEST, "more than the ledger can count"

    def __len__(self) -> int:
        return len(self.keys)

    def numbered(self) -> Integers:
        """A number for each row's key, below the number of rows; the same for the same key."""
        if len(set(self.keys)) == len(self.keys):
            return np.arange(len(self.keys))
        numbers: dict[str, int] = {}
        return np.array([numbers.setdefault(key, len(numbers)) for key in self.keys], np.int64)

    def only(self, kept: Flags) -> Rows:
        """The rows that are marked, in their order."""
        if kept.all():
            return self
        moved = self.moved
        columns = (moved.debit, moved.credit, moved.amount, moved.why)
        keys = tuple([self.keys[row] for row in np.flatnonzero(kept).tolist()])
        return Rows(keys, Columns(moved.accounts, *(column[kept] for column in columns)))


@dataclass(frozen=True, slots=True, eq=False)
class Posted:
    """What became of rows: accepted, with the balances that leaves; seen before; or refused, and why.

    accepted, seen: an item a row. refusals: by row, counted from 0.
    """

    accepted: Flags
    seen: Flags
    after: Balances = field(default_factory=dict)
    refusals: dict[int, Refusal] = field(default_factory=dict)


def post_rows(balances: Mapping[Account, int], rows: Rows, seen: Flags, limits: Limits = _NO_LIMITS) -> Posted:
    """Post every row that its accounts' limits allow, one after the other, each on what those before it left.

    seen: rows whose key was used before; a key that was accepted earlier in `rows` counts as used too. As `post` would,
    one command after the other; a refused row changes nothing and its key stays free.
    """
    moved = rows.moved
    if not len(rows):
        return Posted(seen, seen)
    bounds = AccountBounds.of(balances, moved, limits)
    before = int(bounds.held.sum())
    numbered = rows.numbered()
    used = np.zeros(len(rows), np.bool_)
    used[numbered[seen]] = True
    codes, had = np.zeros(len(rows), np.int8), np.zeros(len(rows), np.int64)
    apply_each(
        moved.debit, moved.credit, moved.amount, bounds.held, bounds.floor, bounds.ceiling, numbered, used, codes, had
    )
    assert int(bounds.held.sum()) == before, "a transfer created or lost something"
    accepted = codes == ACCEPTED
    refusals = {
        row: _refusal(bounds, moved, row, bool(codes[row] == ABOVE), int(had[row]))
        for row in np.flatnonzero((codes == SHORT) | (codes == ABOVE)).tolist()
    }
    touched = rows.only(accepted).moved.touched
    after = dict(zip(moved.named(touched), bounds.held[touched].tolist(), strict=True))
    return Posted(accepted, codes == SEEN, after, refusals)


def _refusal(bounds: AccountBounds, moved: Columns, row: int, above: bool, had: int) -> Refusal:
    place = int((moved.credit if above else moved.debit)[row])
    limit = int((bounds.ceiling if above else bounds.floor)[place])
    return Refusal(moved.accounts[place], asked=int(moved.amount[row]), held=had, limit=limit, above=above)


def stored_keys(keys: Sequence[str]) -> bytes:
    """Keys as a store keeps them: a MessagePack array of arrays of 64."""
    return _encode([keys[at : at + KEYS_A_BLOCK] for at in range(0, len(keys), KEYS_A_BLOCK)])


def read_keys(stored: bytes) -> list[str]:
    """`stored_keys` back. Raises ValueError when it is something else."""
    try:
        blocks = _decode(stored)
    except msgspec.DecodeError as problem:
        raise ValueError(f"stored keys can't be read: {problem}") from None
    return [key for block in blocks for key in block]


def read_block(block: bytes) -> list[str]:
    """`keys_block` back. Raises ValueError when it is something else."""
    try:
        return _decode_block(block)
    except msgspec.DecodeError as problem:
        raise ValueError(f"a block of keys can't be read: {problem}") from None


def keys_block(keys: Sequence[str], line: int) -> bytes:
    """The canonical bytes of the block of 64 keys that line `line` stands in."""
    at = line // KEYS_A_BLOCK * KEYS_A_BLOCK
    return _encode(keys[at : at + KEYS_A_BLOCK])


def keys_tree(keys: Sequence[str]) -> Tree:
    """The tree over the blocks of keys."""
    return Tree(leaf_hash(keys_block(keys, at)) for at in range(0, len(keys), KEYS_A_BLOCK))


def keys_part(keys: Sequence[str]) -> tuple[int, bytes]:
    """Keys as an entry's canonical bytes hold them: how many, and their one block or the root over several."""
    return len(keys), keys_block(keys, 0) if len(keys) <= KEYS_A_BLOCK else keys_tree(keys).root()
