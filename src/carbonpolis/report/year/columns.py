"""The columns of the report's tables, read by the site, the terminal, the workbook and the PDF alike.

A column more is a row here, and where its figure is computed (its key in shape.py): every door lays out what it finds,
so that a heading can't slip from its figure and a figure has one name everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Flag, auto
from typing import Any

from carbonpolis.report.rounding import places, sd_of_interval, significant


class Door(Flag):
    """Who shows a column, beside the PDF."""

    SITE = auto()
    TERMINAL = auto()
    WORKBOOK = auto()
    EVERY = SITE | TERMINAL | WORKBOOK


@dataclass(frozen=True, slots=True)
class Column:
    """A figure, or a word, of a row of the report.

    key: in the row, with dots into what lies deeper. short: the heading where columns stand close. unit: of all its
    figures, "" where each says its own, None for words; "{currency}" stands for the report's. decimals: of an exact
    figure, in the terminal and the PDF; a page has the kilogram and the cent. sd: key of the standard deviation, or of
    the interval of 95 %, whose digits the figure is shown with. brief: four significant digits. code: a code of the
    data, shown as words. part_of: key of the figure that this is a part of. doors: who shows it. paper: its width in
    the PDF, mm; 0 where it is not there.
    """

    key: str
    heading: str
    unit: str | None = None
    short: str = ""
    decimals: int = 0
    sd: str = ""
    brief: bool = False
    code: bool = False
    part_of: str = ""
    doors: Door = Door.EVERY
    paper: int = 0

    @property
    def narrow(self) -> str:
        """The heading where columns stand close."""
        return self.short or self.heading

    def of(self, row: Mapping[str, Any]) -> Any:
        """What a row holds in this column."""
        found: Any = row
        for key in self.key.split("."):
            found = found[key]
        return found

    def unit_in(self, currency: str) -> str | None:
        """The unit of all its figures in a report of a currency; "" where each says its own, None for words."""
        return None if self.unit is None else self.unit.format(currency=currency)

    def places(self, row: Mapping[str, Any]) -> int | None:
        """The decimal place to which a row's figure is known, below 0 for tens and hundreds; None for an exact one."""
        if self.brief:
            return significant(self.of(row)["value"])
        if not self.sd:
            return None
        spread = row[self.sd]
        if isinstance(spread, list):
            return places(sd_of_interval(spread[0]["value"], spread[1]["value"]))
        return places(spread["value"])


Columns = Mapping[str, Column]
_SITE, _TABLES = Door.SITE, Door.SITE | Door.WORKBOOK
_SOURCE = Column("source", "Source", doors=Door.WORKBOOK)


def shown_at(columns: Columns, door: Door) -> list[Column]:
    """The columns that a door shows, in their order."""
    return [column for column in columns.values() if column.doors & door]


def on_paper(columns: Columns) -> list[Column]:
    """The columns of the PDF, in their order."""
    return [column for column in columns.values() if column.paper]


def within(key: str, columns: Iterable[Column], **more: Any) -> list[Column]:
    """Columns of what a row holds under a key."""
    return [replace(column, key=f"{key}.{column.key}", **more) for column in columns]


def _table(*columns: Column) -> Columns:
    return {column.key: column for column in columns}


BALANCE = _table(
    Column("emissions", "Emissions", "t CO2e", decimals=3),
    Column("covered", "Covered by sinks", "t CO2e", "Covered", decimals=3),
    Column("on_credit", "Covered on credit", "t CO2e", "On credit", decimals=3),
    Column("uncovered", "Uncovered", "t CO2e", decimals=3),
    Column("uncovered_obliged", "of which owed by emitters", "t CO2e", decimals=3, part_of="uncovered"),
    Column("uncovered_not_obliged", "of which owed by nobody", "t CO2e", decimals=3, part_of="uncovered"),
    Column("removals", "Removed in a year, by measurement model", "t CO2/year", decimals=3, sd="removals_interval"),
    Column("surplus", "Surplus left at the end that might be exported", "t", decimals=3),
)
PARTS = ("covered", "on_credit", "uncovered")  # of the emissions; they add up to them

SCORE = _table(
    Column("S", "Score S", "points of 100", decimals=1),
    Column("S1", "S1, instant", "points of 100", decimals=1),
    Column("S2", "S2, investment", "points of 100", decimals=1),
    Column("S3", "S3, potential", "points of 100", decimals=1),
)
PRICES = _table(
    Column("S21", "Local price S21", "{currency}/t", decimals=2),
    Column("S22", "Price sold to outside S22", "{currency}/t", decimals=2),
    Column("S23", "Price of imports S23", "{currency}/t", decimals=2),
)

CITIES = _table(
    Column("name", "City"),
    Column("country", "Country", doors=_SITE),
    *within("balance", [replace(BALANCE[key], decimals=0) for key in ("emissions", *PARTS)]),
    *within("score", [SCORE["S"]]),
    Column("score.rank", "Rank"),
    *within("market", [PRICES["S21"]]),
    *within("market", [PRICES["S22"], PRICES["S23"]], doors=Door.TERMINAL),
)

EMISSIONS = _table(
    Column("gpc_ref", "GPC", doors=_TABLES),
    Column("what", "What", paper=90),
    Column("part", "Part", code=True),
    Column("category", "Category", code=True, doors=Door.WORKBOOK),
    Column("years", "Years", doors=Door.WORKBOOK),
    Column("scope", "Scope", doors=_TABLES),
    Column("emissions", "Emissions", "t CO2e", sd="sd", paper=50),
    Column("sd", "Standard deviation", "t CO2e", "± sd", sd="sd", paper=40),
    Column("quality", "Quality", doors=_TABLES),
    _SOURCE,
)

SINKS = _table(
    Column("name", "Project", paper=70),
    Column("project", "Id", doors=Door.WORKBOOK),
    Column("sink_class", "Class", code=True),
    Column("status", "Status", doors=_TABLES),
    Column("area", "Area", "ha", doors=_TABLES),
    Column("removal", "Removal in the year", "t CO2/year", "Removal", decimals=1, sd="sd", paper=45),
    Column("sd", "Standard deviation", "t CO2/year", "± sd", decimals=1, sd="sd", paper=40),
    Column("issued", "Issued", "t", decimals=3, paper=30),
    Column("buffer", "of which into the buffer", "t", "To the buffer", decimals=3),
    replace(_SOURCE, doors=_TABLES),
)

EMITTERS = _table(
    Column("name", "Emitter"),
    Column("sector", "Sector"),
    *(BALANCE[key] for key in ("emissions", "covered", "on_credit")),
    Column("shortfall", "Shortfall", "t CO2e", decimals=3),
    _SOURCE,
)

MONTHS = _table(
    Column("month", "Month"),
    Column("due", "Due", "t CO2e"),
    *(replace(BALANCE[key], decimals=0) for key in PARTS),
    Column("local_price", "Local price", "{currency}/t", decimals=2),
    Column("coupled_price", "Coupled price", "{currency}/t", decimals=2),
    Column("local_lots", "Traded at home", "t"),
    Column("imported_lots", "Imported", "t"),
    Column("exported_lots", "Exported", "t"),
)

INDICATORS = _table(
    Column("symbol", "Symbol", paper=14),
    Column("name", "Indicator", paper=78),
    Column("value", "Value", "", decimals=3, brief=True, paper=65),
    Column("scored", "Scored form", "", decimals=3, brief=True),
    Column("normalised", "Normalised", doors=_TABLES),
    Column("contribution", "Contribution to S", doors=_SITE),
    Column("direction", "Better when", doors=_SITE),
    Column("quality", "Quality", paper=30),
    Column("source", "Source of the definition", doors=Door.WORKBOOK),
)

COMPARISON = _table(
    Column("per_capita", "Emissions per head", "", brief=True),
    Column("per_area", "Emissions per area", "", brief=True),
    Column("per_gdp", "Emissions per GDP", "", brief=True),
    Column("rank_per_capita", "Rank per head among peers"),
    Column("gap_to_leader", "Gap to the leader, per head", "", brief=True),
)

UNITS = _table(
    Column("issued", "Issued", "t", decimals=3),
    Column("held", "Held", "t", decimals=3),
    Column("buffered", "Buffered", "t", decimals=3),
    Column("retired", "Retired", "t", decimals=3),
    Column("cancelled", "Cancelled", "t", decimals=3),
    Column("exported", "Exported", "t", decimals=3),
)
MONEY = _table(
    Column("deposited", "Deposited", "{currency}", decimals=2),
    Column("with_parties", "With the parties", "{currency}", decimals=2),
    Column("fees", "Fees", "{currency}", decimals=2),
    Column("climate_funds", "Climate funds", "{currency}", decimals=2),
)

FLOWS = _table(
    Column("from", "From"),
    Column("to", "To"),
    Column("lots", "Volume", "t"),
    Column("income", "Congestion income", "{currency}", decimals=2),
)
PROJECTS = _table(
    Column("name", "Project"),
    Column("city", "City"),
    Column("sink_class", "Class", code=True),
    Column("owner", "Owner"),
    Column("state", "State", code=True),
    Column("moves", "Moves"),
)
POLICY_PATH = _table(
    Column("time", "Time"),
    Column("actual", "Actual", ""),
    Column("counterfactual", "Counterfactual", ""),
    Column("effect", "Effect", ""),
    Column("lower", "Lower", ""),
    Column("upper", "Upper", ""),
)
ASSUMPTIONS = _table(
    Column("what", "Assumed"),
    Column("value", "Value"),
    Column("why", "Why"),
    Column("source", "Source"),
)
