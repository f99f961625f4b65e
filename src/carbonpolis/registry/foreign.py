"""Serial numbers of other registries, read and counted: patterns as in use, both ends included.

Sources: public extracts of the registries and the table in rules.md 5.4. A broker's help page counts the Climate
Action Reserve's "1 to 29251" as 29,250 units; both ends count, so it is 29,251.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_DAY = r"(?P<{}>[0-9]{{8}})"
_TO = r"(?P<start>[0-9]+)(?: to |-)(?P<end>[0-9]+)"

# registry: (pattern, what names the block that its numbers run in)
PATTERNS: dict[str, tuple[re.Pattern[str], tuple[str, ...]]] = {
    "verra": (
        re.compile(
            r"(?P<batch>[0-9]+)-(?P<start>[0-9]+)-(?P<end>[0-9]+)-(?P<program>[A-Z]+)-(?P<unit>[A-Z]+)-(?P<number>[0-9]+)-"
            r"(?P<standard>[A-Z]+)-(?P<country>[A-Z]{2})-(?P<sector>[0-9]+)-(?P<project>[0-9]+)-"
            + _DAY.format("first")
            + "-"
            + _DAY.format("last")
            + r"-(?P<flag>[0-9A-Z]+)"
        ),
        (),  # numbers run through the whole registry
    ),
    "car": (
        re.compile(
            r"CAR-(?P<series>[0-9A-Z]+)-(?P<country>[A-Z]{2})-(?P<project>[0-9]+)-(?P<sector>[0-9]+)-(?P<number>[0-9]+)-"
            r"(?P<state>[A-Z]{2})-(?P<vintage>[0-9]{4})-(?P<batch>[0-9]+)-" + _TO
        ),
        ("series", "project", "vintage", "batch"),
    ),
    "acr": (
        re.compile(r"ACR-(?P<country>[A-Z]{2})-(?P<project>[0-9]+)-(?P<vintage>[0-9]{4})-(?P<batch>[0-9]+)-" + _TO),
        ("project", "vintage", "batch"),
    ),
    "gold-standard": (
        re.compile(
            r"GS(?P<series>[0-9]+)-(?P<number>[0-9]+)-GS-(?P<unit>[A-Z]+)-(?P<project>[0-9]+)-(?P<vintage>[0-9]{4})-"
            r"(?P<start>[0-9]+)-(?P<end>[0-9]+)"
        ),
        ("series", "number", "project", "vintage"),
    ),
}


@dataclass(frozen=True, slots=True)
class ForeignSerials:
    """Units `start` to `end` of a block in another registry, both included; one unit is a tonne.

    block: what the numbers run in; ranges of different blocks never meet. country: ISO 3166 code, "" where the serial
    says none. vintage: year of the (last day of the) period.
    """

    registry: str
    text: str
    block: str
    start: int
    end: int
    project: str
    country: str
    vintage: int

    @property
    def count(self) -> int:
        """Units in the range; both ends count."""
        return self.end - self.start + 1

    def meets(self, other: ForeignSerials) -> bool:
        """Whether a unit is in both."""
        same = (self.registry, self.block) == (other.registry, other.block)
        return same and self.start <= other.end and other.start <= self.end


def read_serials(text: str) -> ForeignSerials:
    """Read a serial range of Verra, CAR, ACR or Gold Standard. Raises ValueError for anything else."""
    written = text.strip()
    for registry, (pattern, block) in PATTERNS.items():
        found = pattern.fullmatch(written)
        if found:
            return _checked(registry, written, found, block)
    raise ValueError(
        f"{text!r} is no serial range known here; expected one of {', '.join(PATTERNS)}, such as "
        "15312-681393912-681394011-VCS-VCU-208-VER-CA-3-929-01012018-31122018-0 or ACR-US-192-2010-203-1-5000"
    )


def _checked(registry: str, text: str, found: re.Match[str], block: tuple[str, ...]) -> ForeignSerials:
    parts = found.groupdict()
    start, end = int(parts["start"]), int(parts["end"])
    if not 1 <= start <= end:
        raise ValueError(f"{text!r} is no serial range: it runs from {start} to {end}")
    if "last" in parts:
        first, last = _day(text, parts["first"]), _day(text, parts["last"])
        if first > last:
            raise ValueError(f"{text!r} is no serial range: its period runs from {first} to {last}")
        vintage = last.year
    else:
        vintage = int(parts["vintage"])
    return ForeignSerials(
        registry=registry,
        text=text,
        block="-".join(parts[name] for name in block),
        start=start,
        end=end,
        project=parts["project"],
        country=parts.get("country") or "",
        vintage=vintage,
    )


def _day(text: str, written: str) -> date:
    try:
        return date(int(written[4:]), int(written[2:4]), int(written[:2]))
    except ValueError:
        raise ValueError(f"{text!r} is no serial range: {written} is no day (ddmmyyyy)") from None
