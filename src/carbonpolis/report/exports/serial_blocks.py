"""Serials of kilograms as the global indexes count them: blocks of whole tonnes, each tonne once and in one state.

Tonne k of a batch is its kilograms 1,000 (k - 1) + 1 to 1,000 k, always: a block number told once means the same units
for ever. A tonne that several hold is told in the state of most of it, with all its parts named; what is left at the
end of a batch and makes no tonne is not told as one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from carbonpolis.ledger import Purpose
from carbonpolis.quantity import KG_PER_LOT
from carbonpolis.registry.units import SerialRange
from carbonpolis.report.exports.disclosure import Holding

_SPENT = (Purpose.RETIRED, Purpose.CANCELLED, Purpose.EXPORTED)


@dataclass(frozen=True, slots=True)
class Block:
    """Tonnes `start` to `end` of a batch, both included. parts: whose kilograms they are, the largest part first."""

    batch: str
    start: int
    end: int
    parts: tuple[Holding, ...]

    @property
    def count(self) -> int:
        """Tonnes in the block; both ends count."""
        return self.end - self.start + 1

    @property
    def serials(self) -> SerialRange:
        """The kilograms that the block is."""
        return SerialRange(self.batch, (self.start - 1) * KG_PER_LOT + 1, self.end * KG_PER_LOT)

    @property
    def most(self) -> Holding:
        """The holding that the block is told as."""
        return self.parts[0]


def blocks(holdings: Iterable[Holding]) -> list[Block]:
    """The whole tonnes of a batch's holdings, in order."""
    found: list[Block] = []
    shared: dict[int, list[Holding]] = defaultdict(list)
    for holding in holdings:
        first, last = _whole(holding.serials)
        if first <= last:
            found.append(Block(holding.serials.batch, first, last, (holding,)))
        for tonne, part in _broken(holding.serials):
            shared[tonne].append(Holding(part, holding.account, holding.retirement))
    for tonne, parts in shared.items():
        if sum(part.serials.count for part in parts) == KG_PER_LOT:
            ordered = sorted(parts, key=_weight)
            found.append(Block(parts[0].serials.batch, tonne, tonne, tuple(ordered)))
    return sorted(found, key=lambda block: block.start)


def _weight(part: Holding) -> tuple[int, bool, int]:
    """Largest first; of equal ones what is spent, so that nobody relies on a tonne of which half is gone."""
    return -part.serials.count, part.account.purpose not in _SPENT, part.serials.start


def _whole(serials: SerialRange) -> tuple[int, int]:
    """The first and the last tonne that lie wholly in a range; first > last where none does."""
    return (serials.start - 1 + KG_PER_LOT - 1) // KG_PER_LOT + 1, serials.end // KG_PER_LOT


def _broken(serials: SerialRange) -> Iterator[tuple[int, SerialRange]]:
    """Tonnes of which a range has only a part, and that part."""
    head, tail = (serials.start - 1) // KG_PER_LOT + 1, (serials.end - 1) // KG_PER_LOT + 1
    first, last = _whole(serials)
    if first > last and head == tail:
        yield head, serials
        return
    if head < first:
        yield head, SerialRange(serials.batch, serials.start, head * KG_PER_LOT)
    if tail > last and tail != head:
        yield tail, SerialRange(serials.batch, (tail - 1) * KG_PER_LOT + 1, serials.end)
