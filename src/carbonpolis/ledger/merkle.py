"""The Merkle tree of RFC 9162 section 2.1: root, inclusion proofs, consistency proofs, and how each is checked.

Hashes are SHA-256, 32 bytes. A leaf is hashed after a byte 0, a node after a byte 1, so that neither can pass for the
other. Proofs of a tree of n leaves hold at most ceil(log2 n) + 1 hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(content: bytes) -> bytes:
    """Hash of a leaf that holds `content`."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of the node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows: every full subtree is hashed once and kept (64 bytes a leaf in all)."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        self.extend(leaves)

    @property
    def size(self) -> int:
        """Leaves in the tree."""
        return len(self._levels[0]) // HASH_BYTES

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append leaf hashes."""
        self._levels[0] += b"".join(leaves)
        sha256, level = hashlib.sha256, 0
        while len(self._levels[level]) >= 2 * HASH_BYTES:
            below = bytes(self._levels[level])
            if level + 1 == len(self._levels):
                self._levels.append(bytearray())
            above = self._levels[level + 1]
            start, pairs = len(above) * 2, len(below) // (2 * HASH_BYTES)
            above += b"".join(
                [
                    sha256(b"\x01" + below[at : at + 2 * HASH_BYTES]).digest()
                    for at in range(start, pairs * 2 * HASH_BYTES, 2 * HASH_BYTES)
                ]
            )
            level += 1

    def root(self, size: int | None = None) -> bytes:
        """Root over the first `size` leaves; all of them without it. Raises ValueError when there are fewer."""
        size = self._checked(size)
        return self._hash(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Proof that leaf `index` (from 0) is among the first `size`: PATH of RFC 9162 section 2.1.3.1."""
        size = self._checked(size)
        if not 0 <= index < size:
            raise ValueError(f"leaf {index} is not among the first {size}")
        path, start, end = [], 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._hash(middle, end))
                end = middle
            else:
                path.append(self._hash(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """Proof that the first `old` leaves are the start of the first `size`: PROOF of section 2.1.4.1."""
        size = self._checked(size)
        if not 0 < old <= size:
            raise ValueError(f"a tree of {size} leaves does not continue one of {old}")
        path: list[bytes] = []
        start, end, whole = 0, size, True
        while old != end - start:
            middle = _split(end - start)
            if old <= middle:
                path.append(self._hash(start + middle, end))
                end = start + middle
            else:
                path.append(self._hash(start, start + middle))
                start, old, whole = start + middle, old - middle, False
        return ([] if whole else [self._hash(start, end)]) + path[::-1]

    def _checked(self, size: int | None) -> int:
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise ValueError(f"the tree has {self.size} leaves, not {size}")
        return size

    def _hash(self, start: int, end: int) -> bytes:
        """Root of leaves `start` to `end`; `start` is where a subtree of this size may begin."""
        length = end - start
        if length & (length - 1) == 0:
            level = length.bit_length() - 1
            at = (start >> level) * HASH_BYTES
            return bytes(self._levels[level][at : at + HASH_BYTES])
        middle = start + _split(length)
        return node_hash(self._hash(start, middle), self._hash(middle, end))


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that the proof leads to, or None when it can't be a proof: RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        return None
    node, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        node, last = node >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of `size` leaves begins with that of `old` leaves: RFC 9162 section 2.1.4.2."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not path and old_root == root
    hashes = list(path)
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    node, last = old - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        node, last = node >> 1, last >> 1
    return first == old_root and second == root and last == 0


def _split(length: int) -> int:
    """The largest power of two smaller than `length`."""
    return 1 << ((length - 1).bit_length() - 1)
