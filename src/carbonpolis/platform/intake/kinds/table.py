"""The table of the kinds of file that `load` takes: the columns of each, and the module that knows what to do with it.

A new kind is a row here and a module in this folder with the three functions of `Rules`. The modules are imported when
a file of their kind is loaded, so that an empty template and the help wait for no science.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from carbonpolis.errors import Fault, Unknown
from carbonpolis.platform.intake.columns import Cells, Column
from carbonpolis.registry.lifecycle import CLASS_CODES
from carbonpolis.registry.party import Role
from carbonpolis.registry.rulebook import names

if TYPE_CHECKING:
    from carbonpolis.platform.intake.desks import Desks

QUALITIES = ("measured", "reported", "estimated", "imputed", "assumed")
OFFICES = (Role.REGISTRAR, Role.OPERATOR)  # the platform's own: nobody loads one


class Rules(Protocol):
    """What the module of a kind holds."""

    def check(self, desks: Desks, cells: list[Cells], path: Path) -> Iterable[Fault]:
        """Every fault that rows with right cells still have, beside each other and beside what is there."""

    def odd(self, desks: Desks, cells: list[Cells]) -> list[str]:
        """What is odd about rows that nothing refuses, a note each."""

    def take(self, desks: Desks, cells: list[Cells], key: str) -> str:
        """Take checked rows in, and say how many there were; inside `at_row` whatever concerns a single one."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file. module: in this folder, with its Rules."""

    module: str
    columns: tuple[Column, ...]

    @property
    def rules(self) -> Rules:
        """What is done with a file of the kind."""
        return cast(Rules, import_module(f"carbonpolis.platform.intake.kinds.{self.module}"))


def _kind(module: str, *columns: Column) -> Kind:
    return Kind(module, columns)


def _city(meaning: str = "code of the city") -> Column:
    return Column("city", "city", f"{meaning}: country and three letters or digits, as CN-SZX")


_SOURCE = Column("source", "text", "where the row comes from: document, publisher, year")
_QUALITY = Column("quality", "choice", "how the figure was come by", False, choices=QUALITIES, default="reported")
_YEAR = Column("year", "integer", "calendar year", low=1990, high=2100)

KINDS: dict[str, Kind] = {
    "cities": _kind(
        "cities",
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
    "accounts": _kind(
        "accounts",
        Column("account", "name", "id of the party, without blanks, as E-CN-SZX-001"),
        Column("name", "text", "its name"),
        _city("its home"),
        Column("role", "choice", "what it does", choices=tuple(role for role in Role if role not in OFFICES)),
        Column("sector", "text", "its line of business, in words", False, default=""),
        Column("gpc_ref", "text", "GPC reference of its emissions, as I.3.1", False, default=""),
        Column("year", "integer", "year of its verified emissions; one row a year", False, low=1990, high=2100),
        Column("verified_emissions_t", "number", "verified emissions of that year, t CO2e", False, low=0, high=1e9),
        _SOURCE,
    ),
    "activities": _kind(
        "activities",
        _city(),
        _YEAR,
        Column("gpc_ref", "text", "GPC reference, as II.1.1"),
        Column("activity", "text", "what was done or burnt, as natural gas; 'reported emissions' when known in t CO2e"),
        Column("unit", "text", "unit of the amount, as MWh, L, t CO2e"),
        Column("amount", "amount", "how much, 0 or more; or a notation key NO, NE, IE, C"),
        Column("amount_sd", "number", "its standard deviation, same unit", False, low=0),
        Column(
            "place",
            "text",
            "part of the country whose factors go before the country's, as CN-GD",
            False,
            default="",
        ),
        Column("method", "choice", "method of scope 2", False, choices=("location", "market"), default=""),
        _QUALITY,
        _SOURCE,
    ),
    "projects": _kind(
        "projects",
        Column("project", "name", "id of the project, six digits or a name without blanks"),
        Column("name", "text", "its name"),
        _city("where it lies"),
        Column("sink_class", "choice", "what kind of sink", choices=tuple(CLASS_CODES)),
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
            "its land: GeoJSON or WKT, longitude first, or the name of a file beside this that holds it",
            False,
        ),
        Column("rule_book", "choice", "whose rules it goes by", False, choices=tuple(names()), default="default"),
        Column("crediting_years", "integer", "its crediting period, years", False, 1, 200, default=0),
        Column("baseline_t", "number", "what would be taken up without it, t CO2e a year", False, 0, 1e8, default=0.0),
        Column("harvest_cycle_years", "integer", "years between harvests", False, 1, 300, default=0),
        _SOURCE,
    ),
    "readings": _kind(
        "readings",
        _city(),
        Column("stream", "text", "what is measured, as land/forest or S26"),
        Column("time", "time", "UTC time, as 2020-01-01 or 2020-01-01T10:00:00Z"),
        Column("value", "number", "the value"),
        Column("unit", "text", "its unit"),
        Column("sd", "number", "standard deviation, same unit", False, low=0),
        _QUALITY,
        _SOURCE,
    ),
    "orders": _kind(
        "orders",
        _city("whose book"),
        Column("owner", "name", "account that orders"),
        Column("side", "choice", "", choices=("buy", "sell")),
        Column("lots", "integer", "lots of 1 t", low=1, high=1e9),
        Column("price", "money", "per tonne, at most two decimals"),
        Column("tif", "choice", "how long it holds", False, choices=("day", "gtc"), default="day"),
    ),
}


def kind_named(name: str) -> Kind:
    """A kind by its name. Raises Unknown with the kinds there are."""
    if name not in KINDS:
        raise Unknown("kind of file", name, KINDS)
    return KINDS[name]
