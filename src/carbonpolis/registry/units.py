"""Batches and their serial numbers. Serials are arithmetic: a range splits as units move, and is never renumbered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Purpose, Transfer
from carbonpolis.registry.lifecycle import CLASS_CODES

# One unit a kilogram: at least nine digits, as many more as the number needs, at most twelve (a thousand million t).
# The largest issuance known has 14,861,093 t (California's Air Resources Board, CAFR5360-A): eleven digits.
LARGEST_BATCH_KG = 999_999_999_999
LARGEST_NUMBER = 999_999

_CITY = r"(?P<city>[A-Z]{2}-[A-Z0-9]{3})"
_BATCH = rf"CP-{_CITY}-(?P<number>[0-9]{{6}})-(?P<code>[A-Z]{{3}})-(?P<vintage>[0-9]{{4}})"
_BATCH_ID = re.compile(_BATCH)
SERIAL_NUMBER = r"(?:[0-9]{9}|[1-9][0-9]{9,11})"  # one number has one spelling
_SERIALS = re.compile(
    rf"(?P<batch>{_BATCH})-(?P<start>{SERIAL_NUMBER})-(?P<end>{SERIAL_NUMBER})(?:-(?P<check>[0-9]{{2}}))?"
)
_CLASSES = {code: sink_class for sink_class, code in CLASS_CODES.items()}


@dataclass(frozen=True, slots=True)
class Batch:
    """The units issued for one project and one vintage; its id is the ledger's asset.

    vintage: year of removal. issued_kg: everything issued; buffer_kg: the part of it that went into the buffer pool, of
    it replenish_kg to make an earlier loss good. omge_kg: cancelled at issuance for the atmosphere; proceeds_kg: share
    of proceeds. arithmetic: each step from measured removal to issued units, with its numbers and units. report: the
    monitoring report behind it. foreign_registry, foreign_serial: where imported units come from, else "".
    """

    id: str
    city: str
    project: str
    owner: str
    sink_class: str
    vintage: int
    issued_kg: int
    buffer_kg: int
    arithmetic: tuple[str, ...]
    replenish_kg: int = 0
    omge_kg: int = 0
    proceeds_kg: int = 0
    rule_book: str = ""
    report: str = ""
    at: str = ""
    foreign_registry: str = ""
    foreign_serial: str = ""

    @property
    def serials(self) -> SerialRange:
        """All of its serial numbers."""
        return SerialRange(self.id, 1, self.issued_kg)


@dataclass(frozen=True, slots=True)
class BatchName:
    """What a batch id says: city of origin, number, sink class, vintage."""

    city: str
    number: int
    sink_class: str
    vintage: int

    def __str__(self) -> str:
        return f"CP-{self.city}-{self.number:06d}-{CLASS_CODES[self.sink_class]}-{self.vintage:04d}"


def batch_id(city: str, number: int, sink_class: str, vintage: int) -> str:
    """Such as "CP-US-MSP-000123-FOR-2020". Raises ValueError when a part does not fit the pattern."""
    if sink_class not in CLASS_CODES:
        raise ValueError(f"no sink class {sink_class!r}; choose from {', '.join(CLASS_CODES)}")
    if not 1 <= number <= LARGEST_NUMBER:
        raise ValueError(f"batch number {number} does not fit six digits; expected 1 to {LARGEST_NUMBER:,}")
    name = str(BatchName(city, number, sink_class, vintage))
    if not _BATCH_ID.fullmatch(name):
        raise ValueError(f"{name!r} is no batch id; expected a city such as US-MSP and a vintage of four digits")
    return name


@lru_cache(maxsize=65_536)
def parse_batch_id(text: str) -> BatchName:
    """Read a batch id back. Raises ValueError for anything else."""
    found = _BATCH_ID.fullmatch(text)
    if not found or found["code"] not in _CLASSES:
        raise ValueError(f"{text!r} is no batch id; expected one such as CP-US-MSP-000123-FOR-2020")
    return BatchName(found["city"], int(found["number"]), _CLASSES[found["code"]], int(found["vintage"]))


def is_batch(asset: str) -> bool:
    """Whether a ledger asset is a batch of units (others are currencies, obligations, advances)."""
    found = _BATCH_ID.fullmatch(asset)
    return found is not None and found["code"] in _CLASSES


def origin(batch: str) -> str:
    """Code of the city whose sink the batch comes from. Raises ValueError when it is no batch id."""
    return parse_batch_id(batch).city


@dataclass(frozen=True, slots=True)
class SerialRange:
    """Units `start` to `end` of a batch, both included: `end - start + 1` kilograms.

    Printed with two check digits behind: ISO 7064 MOD 97-10 over the text before them, letters read as 10 to 35 as in
    a legal entity identifier (ISO 17442). They catch every single wrong character and every swap of neighbours.
    """

    batch: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 1 <= self.start <= self.end <= LARGEST_BATCH_KG:
            raise ValueError(
                f"serials {self.start} to {self.end} are no range; expected 1 <= start <= end, at most twelve digits"
            )

    @property
    def count(self) -> int:
        """Units in the range, kg. Both ends count: registries in use are off by one here (rules.md 5.4)."""
        return self.end - self.start + 1

    @classmethod
    def parse(cls, text: str) -> SerialRange:
        """Read "CP-CN-SZX-000123-FOR-2024-000000001-000045000", with or without its check digits behind.

        Raises ValueError for anything else, and when the check digits say that a character is wrong.
        """
        found = _SERIALS.fullmatch(text)
        if not found:
            raise ValueError(
                f"{text!r} is no range of serials; expected one such as CP-CN-SZX-000123-FOR-2024-000000001-000045000"
            )
        parse_batch_id(found["batch"])
        if found["check"] and remainder_97(text) != 1:
            raise ValueError(f"{text!r} is no range of serials: its check digits don't fit, a character is wrong")
        return cls(found["batch"], int(found["start"]), int(found["end"]))

    def split(self, units: int) -> tuple[SerialRange, SerialRange]:
        """The first `units` and the rest. Raises ValueError unless both keep at least one unit."""
        if not 0 < units < self.count:
            raise ValueError(f"can't split {units} units from {self}, which has {self.count}; expected 1 to one less")
        cut = self.start + units
        return SerialRange(self.batch, self.start, cut - 1), SerialRange(self.batch, cut, self.end)

    @property
    def bare(self) -> str:
        """The serials without their check digits."""
        return f"{self.batch}-{self.start:09d}-{self.end:09d}"

    def __str__(self) -> str:
        return f"{self.bare}-{check_digits(self.bare)}"


def check_digits(text: str) -> str:
    """Two digits that, put behind `text`, make it 1 modulo 97 (ISO 7064 MOD 97-10); dashes don't count."""
    return f"{98 - remainder_97(text + '00'):02d}"


def remainder_97(text: str) -> int:
    """Letters and digits of `text` as one number (A is 10, Z is 35), modulo 97."""
    return int("".join(str(int(character, 36)) for character in text if character != "-")) % 97


def checked_size(batch: str, kg: int) -> int:
    """`kg` when that many units fit one batch. Raises Refused when its serials would not."""
    if kg > LARGEST_BATCH_KG:
        raise Refused(
            batch,
            f"{kg:,} kg are more than the {LARGEST_BATCH_KG:,} that one batch has serials for; "
            "split the project into several.",
        )
    return kg


Places = dict[Account, list[SerialRange]]


def follow(batch: Batch, transfers: Iterable[Transfer]) -> Iterator[tuple[Transfer, list[SerialRange], Places]]:
    """Replay the batch's transfers: each with the serials it moved, and where every serial is after it.

    Transfers of other assets are passed over. The lowest serials of an account leave first. The mapping is the same
    object every time: copy what is to be kept.
    """
    places: Places = {Account(batch.city, "registry", batch.id, Purpose.ISSUER): [batch.serials]}
    for transfer in transfers:
        if transfer.debit.asset != batch.id:
            continue
        leaving, staying = _lowest(places.pop(transfer.debit, []), transfer.amount)
        if staying:
            places[transfer.debit] = staying
        places[transfer.credit] = _joined([*places.get(transfer.credit, []), *leaving])
        yield transfer, leaving, places


def trace(batch: Batch, transfers: Iterable[Transfer]) -> Places:
    """Where every serial of the batch is after its transfers, in order: account to ranges, lowest first."""
    places: Places = {Account(batch.city, "registry", batch.id, Purpose.ISSUER): [batch.serials]}
    for _, _, after in follow(batch, transfers):
        places = after
    return dict(places)


def _lowest(ranges: list[SerialRange], units: int) -> tuple[list[SerialRange], list[SerialRange]]:
    """The lowest `units` of sorted ranges, and what stays."""
    leaving: list[SerialRange] = []
    for position, serials in enumerate(ranges):
        if units < serials.count:
            if not units:
                return leaving, ranges[position:]
            first, rest = serials.split(units)
            return [*leaving, first], [rest, *ranges[position + 1 :]]
        leaving.append(serials)
        units -= serials.count
    assert units == 0, f"a transfer moves {units} units more than its account has serials for"
    return leaving, []


def _joined(ranges: list[SerialRange]) -> list[SerialRange]:
    """Sorted, with neighbours made one."""
    joined: list[SerialRange] = []
    for serials in sorted(ranges, key=lambda each: each.start):
        if joined and joined[-1].end + 1 == serials.start:
            joined[-1] = SerialRange(serials.batch, joined[-1].start, serials.end)
        else:
            assert not joined or joined[-1].end < serials.start, f"{serials} is in two places"
            joined.append(serials)
    return joined
