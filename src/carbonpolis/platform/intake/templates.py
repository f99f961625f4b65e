"""What a person's file holds: the columns of every kind, and the check of each cell. Pure; every fault at once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from carbonpolis.errors import Fault, Unknown
from carbonpolis.registry.rulebook import names

CITY_CODE = re.compile(r"[A-Z]{2}-[A-Z0-9]{3}")
NAME = re.compile(r"[^\s|/;]{1,60}")
QUALITIES = ("measured", "reported", "estimated", "imputed", "assumed")
SINK_CLASSES = ("forest", "urban_trees", "wetland", "soil", "biochar", "geological", "air_capture")
ROLES = ("emitter", "sink_producer", "city", "resident", "verifier")
NOTATION_KEYS = ("NO", "NE", "IE", "C")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: what a cell must be, and what it means."""

    name: str
    kind: str
    meaning: str
    required: bool = True
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    default: Any = None


def _city(meaning: str = "code of the city") -> Column:
    return Column("city", "city", f"{meaning}: country and three letters or digits, as CN-SZX")


_SOURCE = Column("source", "text", "where the row comes from: document, publisher, year")
_QUALITY = Column("quality", "choice", "how the figure was come by", False, choices=QUALITIES, default="reported")
_YEAR = Column("year", "integer", "calendar year", low=1990, high=2100)

TEMPLATES: dict[str, tuple[Column, ...]] = {
    "cities": (
        _city("a code of your choice"),
        Column("name", "text", "name of the city"),
        Column("country", "text", "ISO 3166 code of two letters"),
        Column("latitude", "number", "degrees north", low=-90, high=90),
        Column("longitude", "number", "degrees east", low=-180, high=180),
        Column("population", "number", "persons", low=1, high=1e8),
        Column("population_year", "integer", "year of the population", low=1990, high=2100),
        Column("area_km2", "number", "land area, km2", low=0.01, high=1e6),
        Column("gdp_musd_ppp", "number", "gross domestic product, million PPP USD a year", False, low=0),
        Column("gdp_year", "integer", "year of the product", False, low=1990, high=2100),
        Column("ecological_zone", "text", "FAO zone of IPCC 2006 vol. 4 table 4.1, as temperate_continental_forest"),
        _SOURCE,
    ),
    "accounts": (
        Column("account", "name", "id of the party, without blanks, as E-CN-SZX-001"),
        Column("name", "text", "its name"),
        _city("its home"),
        Column("role", "choice", "what it does", choices=ROLES),
        Column("sector", "text", "its line of business, in words", False, default=""),
        Column("gpc_ref", "text", "GPC reference of its emissions, as I.3.1", False, default=""),
        Column("year", "integer", "year of its verified emissions; one row a year", False, low=1990, high=2100),
        Column("verified_emissions_t", "number", "verified emissions of that year, t CO2e", False, low=0, high=1e9),
        _SOURCE,
    ),
    "activities": (
        _city(),
        _YEAR,
        Column("gpc_ref", "text", "GPC reference, as II.1.1"),
        Column("activity", "text", "what was done or burnt, as natural gas; 'reported emissions' when known in t CO2e"),
        Column("unit", "text", "unit of the amount, as MWh, L, t CO2e"),
        Column("amount", "amount", "how much, 0 or more; or a notation key NO, NE, IE, C"),
        Column("amount_sd", "number", "its standard deviation, same unit", False, low=0),
        Column(
            "place", "text", "part of the country whose factors go before the country's, as CN-GD", False, default=""
        ),
        Column("method", "choice", "method of scope 2", False, choices=("location", "market"), default=""),
        _QUALITY,
        _SOURCE,
    ),
    "projects": (
        Column("project", "name", "id of the project, six digits or a name without blanks"),
        Column("name", "text", "its name"),
        _city("where it lies"),
        Column("sink_class", "choice", "what kind of sink", choices=SINK_CLASSES),
        Column("model", "text", "measurement model, one of `carbonpolis.measure.sinks.models()`"),
        Column("owner", "name", "account of its owner"),
        Column("start_year", "integer", "first year of removal", low=1990, high=2100),
        Column("area_ha", "number", "area, ha (0 for plants and wells); may be empty with a boundary", False, 0, 1e8),
        Column("inputs", "inputs", "further model inputs, as age_class=old;loss_t_dm_per_ha=0.2", False, default=None),
        Column("longevity_years", "integer", "how long the carbon is kept, years", low=1, high=10_000),
        Column("status", "choice", "is the project real", choices=("sourced", "assumed"), required=False),
        Column(
            "boundary",
            "text",
            "its land: GeoJSON or WKT, longitude first, or a .geojson or .wkt file beside this",
            False,
        ),
        Column("rule_book", "choice", "whose rules it goes by", False, choices=tuple(names()), default="default"),
        Column("crediting_years", "integer", "its crediting period, years", False, 1, 200, default=0),
        Column("baseline_t", "number", "what would be taken up without it, t CO2e a year", False, 0, 1e8, default=0.0),
        Column("harvest_cycle_years", "integer", "years between harvests", False, 1, 300, default=0),
        _SOURCE,
    ),
    "readings": (
        _city(),
        Column("stream", "text", "what is measured, as land/forest or S26"),
        Column("time", "time", "UTC time, as 2020-01-01 or 2020-01-01T10:00:00Z"),
        Column("value", "number", "the value"),
        Column("unit", "text", "its unit"),
        Column("sd", "number", "standard deviation, same unit", False, low=0),
        _QUALITY,
        _SOURCE,
    ),
    "orders": (
        _city("whose book"),
        Column("owner", "name", "account that orders"),
        Column("side", "choice", "", choices=("buy", "sell")),
        Column("lots", "integer", "lots of 1 t", low=1, high=1e9),
        Column("price", "money", "per tonne, at most two decimals"),
        Column("tif", "choice", "how long it holds", False, choices=("day", "gtc"), default="day"),
    ),
}


def columns_of(kind: str) -> tuple[Column, ...]:
    """The columns of a kind. Raises Unknown with the kinds there are."""
    if kind not in TEMPLATES:
        raise Unknown("kind of file", kind, TEMPLATES)
    return TEMPLATES[kind]


def parse(
    kind: str, header: Sequence[str], rows: Sequence[tuple[int, Mapping[str, str]]], file: str
) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Cells of the rows without a fault as typed values (None for an empty optional cell), and every fault found.

    rows: each with its number in the file, text by column name.
    """
    columns = columns_of(kind)
    faults = [
        Fault(file, 1, c.name, "no such column", f"the column {c.name} ({c.meaning})", f"`carbonpolis template {kind}`")
        for c in columns
        if c.name not in header and c.required
    ]
    known = {c.name for c in columns}
    faults += [
        Fault(file, 1, name or "(no name)", name, "a column of the template", "Take it out, or mend its name.")
        for name in header
        if name not in known
    ]
    if faults:
        return [], faults
    typed = []
    for number, row in rows:
        cells: dict[str, Any] = {"row": number}
        before = len(faults)
        for column in columns:
            text = (row.get(column.name) or "").strip()
            try:
                cells[column.name] = _cell(column, text)
            except ValueError as problem:
                expected, told, remedy = str(problem).rpartition("|")
                expected = expected if told else str(problem)
                faults.append(Fault(file, number, column.name, text, expected, remedy))
        if len(faults) == before:
            typed.append(cells)
    return typed, faults


def _cell(column: Column, text: str) -> Any:
    """The value of a cell; raises ValueError("expected|remedy")."""
    if not text:
        if column.required:
            raise ValueError(f"{column.meaning or 'a value'}|Fill it in; the column may not be empty.")
        return column.default
    if column.kind == "choice" and text not in column.choices:
        raise ValueError(f"one of {', '.join(column.choices)}|")
    value = _KINDS[column.kind](text)
    if isinstance(value, int | float) and not column.low <= value <= column.high:
        raise ValueError(f"{_range(column)}|{column.meaning[:1].upper()}{column.meaning[1:]}.")
    return value


def _range(column: Column) -> str:
    low, high = f"{column.low:,.10g}", f"{column.high:,.10g}"
    if column.kind == "integer":
        low, high = low.replace(",", ""), high.replace(",", "")
    if math.isinf(column.high):
        return f"{low} or more"
    return f"{low} to {high}"


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("a number with a decimal point|Write it without thousands separators or units.") from None
    if not math.isfinite(value):
        raise ValueError("a finite number|Leave an optional cell empty where nothing is known.")
    return value


def _integer(text: str) -> int:
    value = _number(text)
    if value != int(value):
        raise ValueError("a whole number|")
    return int(value)


def _amount(text: str) -> float | str:
    if text in NOTATION_KEYS:
        return text
    value = _number(text)
    if value < 0:
        raise ValueError("0 or more, or NO, NE, IE, C|A correction is a new load of the same row.")
    return value


def _city_code(text: str) -> str:
    if not CITY_CODE.fullmatch(text):
        raise ValueError("a city code such as CN-SZX|Two letters of the country, a dash, three letters or digits.")
    return text


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError("an id of at most 60 characters without blanks, '/', ';' or '|'|")
    return text


def _time(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a UTC time such as 2020-01-01 or 2020-01-01T10:00:00Z|") from None
    try:
        utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time between the years 1990 and 2100|") from None
    if not 1990 <= utc.year <= 2100:
        raise ValueError("a time between the years 1990 and 2100|")
    return utc


def _money(text: str) -> int:
    whole, _, cents = text.partition(".")
    if not (whole + cents).isdecimal() or not whole or len(cents) > 2:
        raise ValueError("an amount per tonne with at most two decimals, as 31.50|")
    return int(whole) * 100 + int(cents.ljust(2, "0") or 0)


def _inputs(text: str) -> dict[str, float | str]:
    inputs: dict[str, float | str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise ValueError("inputs as name=value;name=value|")
        try:
            inputs[name.strip()] = float(value)
        except ValueError:
            inputs[name.strip()] = value.strip()
    return inputs


_KINDS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "choice": str,
    "number": _number,
    "integer": _integer,
    "amount": _amount,
    "city": _city_code,
    "name": _name,
    "time": _time,
    "money": _money,
    "inputs": _inputs,
}
