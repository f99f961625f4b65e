"""The forms in which registries print their serials, each read to its count, both ends included.

Sources of the forms. Verra: serials in use, with its program before the unit since 2020 and without it before; numbers
of both times are alike, so they are told apart. CAR, ACR, ART, Gold Standard, Cercarbono: serials in
carbonplan/offsets-db-data. Puro.earth: certificate ids of its registry. ERS: Labelling and Serialisation (help.ers.org,
article 72). "gold-standard-listed" stands in third-party tables only; it is read since units came in by it before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from carbonpolis.quantity import KG_PER_LOT
from carbonpolis.registry.serial_text import may_be_one, tokens

STATED = "stated"  # the form of serials that a person said by hand
START, END = "{start}", "{end}"  # where its numbers go in what a registry prints


@dataclass(frozen=True, slots=True)
class ForeignSerials:
    """Units `start` to `end` of a block in another registry, both included; one unit is `unit_kg`, mostly a tonne.

    printed: as that registry prints it, with START and END for the numbers. block: what stands before them.
    country: ISO 3166 code, "" where the serial says none. since, vintage: first and last year of the period. form: how
    it is printed. key: what its numbers run in: ranges of one form with different keys have no unit in common.
    """

    registry: str
    printed: str
    block: str
    start: int
    end: int
    project: str
    country: str
    vintage: int
    form: str
    key: tuple[str, ...]
    since: int
    unit_kg: int = KG_PER_LOT

    @property
    def text(self) -> str:
        """The serials as their registry prints them; read again, they are the same."""
        return self.printed.replace(START, str(self.start)).replace(END, str(self.end))

    @property
    def count(self) -> int:
        """Units in the range; both ends count."""
        return self.end - self.start + 1

    @property
    def kg(self) -> int:
        """Kilograms in the range."""
        return self.count * self.unit_kg

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last kilogram of its block that it is."""
        return (self.start - 1) * self.unit_kg + 1, self.end * self.unit_kg

    def meets(self, other: ForeignSerials) -> bool:
        """Whether a unit may be in both.

        In one form of printing the form says it. Otherwise (stated by hand, or in another form of the registry) ranges
        meet unless their projects, years or blocks show that they are others: what can't be told apart isn't two.
        """
        (start, end), (first, last) = self.span, other.span
        if self.registry != other.registry or end < first or last < start:
            return False
        by_hand = self.form == other.form == STATED
        if self.form == other.form and not by_hand:
            return self.key == other.key
        if by_hand and self.key == other.key:
            return True
        if not may_be_one(tokens(self.project), tokens(other.project)):
            return False
        if self.vintage < other.since or other.vintage < self.since:
            return False
        return not by_hand or may_be_one(self.key, other.key)

    def part(self, start: int, end: int) -> ForeignSerials:
        """Some of its units. Raises ValueError when they are not all in it."""
        if not self.start <= start <= end <= self.end:
            raise ValueError(f"{self.text} has no units {start} to {end}")
        return replace(self, start=start, end=end)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Form:
    """One way of printing. pattern: of plain text. printed: how its parts are put together. key: names of some."""

    name: str
    registry: str
    pattern: re.Pattern[str]
    printed: str
    key: tuple[str, ...]


_RANGE = r"(?P<start>[0-9]{1,15})(?:-| TO )(?P<end>[0-9]{1,15})"
_COUNTRY, _YEAR = r"(?P<country>[A-Z]{2})", r"(?P<vintage>(?:19|20)[0-9]{2})"
_PERIOD = r"(?P<first>[0-9]{8})-(?P<last>[0-9]{8})"
_SECTOR = r"(?:(?P<sector>[0-9]{1,4})-)?"  # missing in Verra's own example of the form
_UUID = r"(?P<certificate>[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12})"
_KEPT = frozenset({"first", "last", "flag", "vintage"})  # figures that are no counts
_BUFFERS = ("BF", "BFC")


def _number(name: str) -> str:
    return rf"(?P<{name}>[0-9]{{1,20}})"


FORMS = (
    Form(
        "verra",
        "verra",
        re.compile(
            rf"{_number('batch')}-{_RANGE}-VCS-VCU-{_number('program')}-VER-{_COUNTRY}-{_SECTOR}"
            rf"{_number('project')}-{_PERIOD}-(?P<flag>[0-9A-Z]+)"
        ),
        "{batch}-{start}-{end}-VCS-VCU-{program:0>3}-VER-{country}-{sector}{project}-{first}-{last}-{flag}",
        (),  # numbers run through the whole registry
    ),
    Form(
        "verra-before-2020",
        "verra",
        re.compile(
            rf"{_number('batch')}-{_RANGE}-VCU-{_number('program')}-(?P<keeper>[A-Z]{{2,5}})-{_COUNTRY}-"
            rf"{_SECTOR}{_number('project')}-{_PERIOD}-(?P<flag>[0-9A-Z]+)"
        ),
        "{batch}-{start}-{end}-VCU-{program:0>3}-{keeper}-{country}-{sector}{project}-{first}-{last}-{flag}",
        (),
    ),
    Form(
        "car",
        "car",
        re.compile(
            rf"CAR-(?P<series>[0-9A-Z]+)-{_COUNTRY}-{_number('project')}-{_number('sector')}-{_number('developer')}-"
            rf"(?P<state>[A-Z]{{2,3}})-{_YEAR}-{_number('batch')}-{_RANGE}"
        ),
        "CAR-{series}-{country}-{project}-{sector}-{developer}-{state}-{vintage}-{batch}-{start} to {end}",
        ("project", "vintage", "batch"),
    ),
    Form(
        "acr",
        "acr",
        re.compile(rf"ACR-{_COUNTRY}-{_number('project')}-{_YEAR}-{_number('batch')}-{_RANGE}"),
        "ACR-{country}-{project}-{vintage}-{batch}-{start} to {end}",
        ("project", "vintage", "batch"),
    ),
    Form(
        "gold-standard",
        "gold-standard",
        re.compile(
            rf"GS{_number('series')}-{_number('number')}-{_COUNTRY}-GS{_number('project')}-{_number('sector')}-{_YEAR}-"
            rf"{_number('batch')}-{_RANGE}"
        ),
        "GS{series}-{number}-{country}-GS{project}-{sector}-{vintage}-{batch}-{start}-{end}",
        ("project", "vintage", "batch"),
    ),
    Form(
        "gold-standard-listed",
        "gold-standard",
        re.compile(
            rf"GS{_number('series')}-{_number('number')}-GS-(?P<unit>[A-Z]+)-{_number('project')}-{_YEAR}-{_RANGE}"
        ),
        "GS{series}-{number}-GS-{unit}-{project}-{vintage}-{start}-{end}",
        ("series", "number", "project", "vintage"),
    ),
    Form(
        "art",
        "art",
        re.compile(rf"(?P<program>ART|FCPF)-{_COUNTRY}-{_number('project')}-{_YEAR}-{_number('batch')}-{_RANGE}"),
        "{program}-{country}-{project}-{vintage}-{batch}-{start} to {end}",
        ("project", "vintage", "batch"),
    ),
    Form(
        "puro",
        "puro",
        re.compile(rf"PURO_PR_(?P<unit>CORC(?:_?[0-9]+)?\+?)_{_COUNTRY}_{_number('project')}_{_YEAR}_{_UUID}_{_RANGE}"),
        "PURO_PR_{unit}_{country}_{project}_{vintage}_{certificate}_{start}-{end}",
        ("certificate",),
    ),
    Form(
        "ers",
        "ers",
        re.compile(rf"ERS-{_number('kind')}-{_number('project')}-{_COUNTRY}-VRU-{_YEAR}-{_number('batch')}-{_RANGE}"),
        "ERS-{kind}-{project}-{country}-VRU-{vintage}-{batch}-{start}-{end}",
        ("project", "vintage", "batch"),
    ),
    Form(
        "cercarbono",
        "cercarbono",
        re.compile(rf"(?P<named>CDC(?:_[0-9A-Z]+)+)[-_ ]\(?(?:FROM )?{_RANGE}\)?"),
        "{named} {start}-{end}",
        ("numbers",),
    ),
)


def printed(text: str) -> list[ForeignSerials]:
    """Every reading of plain text as serials that a registry printed: none, one, or more where it has several.

    Raises ValueError when it is of a form, but its numbers or days can't be right.
    """
    found = [(form, match.groupdict(default="")) for form in FORMS if (match := form.pattern.fullmatch(text))]
    return [read for form, parts in found if (read := _read(form, parts)) is not None]


def _read(form: Form, given: Mapping[str, str]) -> ForeignSerials | None:
    parts = {name: value if name in _KEPT else _short(value) for name, value in given.items()}
    if form.registry == "verra":
        parts["sector"] += "-" if parts["sector"] else ""
    if form.registry == "cercarbono":
        named = _cercarbono(parts)
        if named is None:
            return None
        parts |= named
    first = last = int(parts["vintage"]) if "vintage" in parts else 0
    if "first" in parts:
        begun, ended = _day(parts["first"]), _day(parts["last"])
        if begun > ended:
            raise ValueError(f"its period runs from {begun} to {ended}")
        first, last = begun.year, ended.year
    start, end = int(parts.pop("start")), int(parts.pop("end"))
    if not 1 <= start <= end:
        raise ValueError(f"it runs from {start} to {end}")
    as_printed = form.printed.format(**parts, start=START, end=END)
    return ForeignSerials(
        registry=form.registry,
        printed=as_printed,
        block=re.sub(r"[-_ ]?\{start\}.*\{end\}", "", as_printed),
        start=start,
        end=end,
        project=parts["project"],
        country=parts.get("country", ""),
        vintage=last,
        form=form.name,
        key=tuple(parts[name] for name in form.key),
        since=first,
    )


def _cercarbono(parts: Mapping[str, str]) -> dict[str, str] | None:
    """CDC_project_..._year, where "R" and "R6" mark a revision of the same units and "BF" those of a buffer.

    None where no year is in it: such a block is of several years, which are told beside its serial.
    """
    named = [_short(token) for token in parts["named"].split("_")]
    buffers = [token for token in named if token in _BUFFERS]
    figures = [token for token in named if token.isdigit()]
    last = named[-2] if named[-1] in buffers else named[-1]
    if len(figures) < 2 or not re.fullmatch(_YEAR, last):
        return None
    countries = [token for token in named if re.fullmatch("[A-Z]{2}", token) and token not in buffers]
    return {
        "named": "_".join(named),
        "project": figures[0],
        "vintage": last,
        "country": countries[-1] if countries else "",
        "numbers": "-".join([*figures, *("buffer" for _ in buffers)]),
    }


def _short(value: str) -> str:
    """A number without leading zeros; anything else as it is, a certificate in small letters."""
    if value.isdigit():
        return value.lstrip("0") or "0"
    return value.lower() if re.fullmatch(_UUID, value) else value


def _day(written: str) -> date:
    try:
        return date(int(written[4:]), int(written[2:4]), int(written[:2]))
    except ValueError:
        raise ValueError(f"{written} is no day (ddmmyyyy)") from None
