"""What cities told CDP of themselves, and what that tells of neighbours that told nothing: emissions beyond facilities.

A city's own report comes first. Its direct emissions without its facilities are

    min(scope 1, GPC BASIC - scope 2) - facilities that aren't power stations,

because GPC BASIC leaves out power supplied to the grid (I.4.4), while scope 1 may hold it. A report of another year is
carried by the country's own course. A city without a report gets the mean a head of the reporting cities of its region.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sample_cities import CALIFORNIA, ONTARIO, Place
from sample_facilities import FIRST_YEAR, YEAR, reported_in

Row = dict[str, Any]
Activity = Callable[[str, int, str, float, str, str], Row]
BASIC_SCOPES = "Total Scope 1, Scope 2 and Waste"
HALVES = "buildings and road in halves: estimated"
COURSE = {
    "US": "EDGAR v7.0 (CC BY 4.0), United States",
    "FI": "EDGAR v7.0 (CC BY 4.0), Finland",
    "CA": "Global Carbon Budget 2022 (CC BY 4.0), Canada",
}


@dataclass(frozen=True)
class Report:
    """A city's own report: its name and year in which CDP file (year of publication), where its facilities are."""

    city: str
    published: int
    year: int
    place: str = ""  # code of the sample's city, whose facilities are taken off
    town: str = ""  # or the town of a city outside the sample in the Californian file


OWN: dict[str, tuple[Report, ...]] = {
    "CA-CAL": (
        Report("Calgary", 2017, 2016, "CA-CAL"),
        Report("Calgary", 2018, 2017, "CA-CAL"),
        Report("Calgary", 2020, 2019, "CA-CAL"),
    ),
    "CA-EDM": (Report("Edmonton", 2018, 2017, "CA-EDM"),),
    "CA-LOD": (Report("London, ON", 2018, 2016, "CA-LOD"),),
    "CA-MIS": (Report("Mississauga", 2018, 2015, "CA-MIS"),),
    "US-LAX": (Report("Los Angeles", 2017, 2013, "US-LAX"),),
    "US-LGB": (Report("Long Beach", 2018, 2015, "US-LGB"),),
    "US-SFO": (Report("San Francisco", 2018, 2016, "US-SFO"),),
    "FI-ESP": (Report("Espoo", 2017, 2015), Report("Espoo", 2018, 2017)),
}
POOLS: dict[str, tuple[Report, ...]] = {
    "California": (
        *OWN["US-LAX"],
        *OWN["US-LGB"],
        *OWN["US-SFO"],
        Report("Oakland", 2018, 2015, town="Oakland"),
        Report("San Leandro", 2018, 2015, town="San Leandro"),
    ),
    "Oregon": (Report("Eugene", 2017, 2015),),
    "Ontario": (*OWN["CA-LOD"], *OWN["CA-MIS"], Report("Guelph", 2018, 2016), Report("St Catharines", 2018, 2016)),
}
SASKATOON = Report("Saskatoon", 2017, 2014)  # its scope 2 alone: its scope 1 holds one power station in part


@dataclass(frozen=True)
class Level:
    """Tonnes of a year: rest is direct beyond facilities, grid is scope 2."""

    rest: float
    grid: float
    people: float


def _level(shared: Path, report: Report) -> Level:
    table = pd.read_csv(shared / "cities" / f"cdp_citywide_{report.published}.csv")
    row = table[table["city"] == report.city].iloc[0]
    if report.published == 2017:
        basic = float(row["total_t"]) if str(row["scopes"]).startswith(BASIC_SCOPES) else float("nan")
    else:
        basic = float(row["basic_t"])
    scope1, scope2 = float(row["scope1_t"]), float(row["scope2_t"])
    rest = scope1 if pd.isna(basic) else min(scope1, basic - scope2)
    rest -= reported_in(shared, report.year, report.place, report.town)
    return Level(rest, scope2, float(row["population"]))


def _course(shared: Path, country: str, sectors: tuple[str, ...]) -> pd.Series:
    """The country's emissions by year, Mt: of EDGAR's sectors, or all territorial CO2 where EDGAR isn't at hand."""
    if country == "CA":
        table = pd.read_csv(shared / "national" / "territorial_consumption.csv", keep_default_na=False, na_values=[""])
        return table[table["iso2"] == "CA"].set_index("year")["territorial_mtco2"]
    table = pd.read_parquet(shared / "national" / "edgar7_ghg_by_sector.parquet")
    table = table[(table["iso3"] == {"US": "USA", "FI": "FIN"}[country]) & table["sector"].isin(sectors)]
    return table.groupby("year")["ghg_mt"].sum()


SPLITS: dict[str, dict[str, str]] = {
    "US": {"Buildings": "I.1.1", "Transport": "II.1.1"},
    "FI": {
        "Buildings": "I.1.1",
        "Transport": "II.1.1",
        "Other industrial combustion": "I.3.1",
        "Power Industry": "I.4.4",
    },
}


def shares(shared: Path, country: str, year: int) -> dict[str, float]:
    """Share of each GPC reference in a city's direct emissions; Canada's reports give none, so it's halves."""
    if country == "CA":
        return {"I.1.1": 0.5, "II.1.1": 0.5}
    tonnes = {
        reference: float(_course(shared, country, (sector,))[year]) for sector, reference in SPLITS[country].items()
    }
    return {reference: each / sum(tonnes.values()) for reference, each in tonnes.items()}


def told(shared: Path, place: Place, people: int, activity: Activity) -> Iterator[Row]:
    """Activities of a city from its own reports, or from those of its region."""
    country = place.code[:2]
    own = OWN.get(place.code, ())
    if country == "CA" and not own and place.code not in ONTARIO:
        for report in OWN["CA-CAL"]:  # the prairies: what Calgary emits a head, in the years that it reports
            yield from _prairie(shared, place, people, report, activity)
        return
    for report in own:
        if FIRST_YEAR - 1 <= report.year <= YEAR:
            level = _level(shared, report)
            text = f"CDP-ICLEI open data, {report.city} {report.year}, its own report"
            yield from _rows(shared, place.code, report.year, level, text, activity, carried=False)
    if place.code != "CA-CAL":
        yield from _carried(shared, place, people, own or POOLS[_region(place)], bool(own), activity)


def _region(place: Place) -> str:
    if place.code in CALIFORNIA:
        return "California"
    return "Ontario" if place.code in ONTARIO else "Oregon"


def _carried(
    shared: Path, place: Place, people: int, reports: tuple[Report, ...], own: bool, activity: Activity
) -> Iterator[Row]:
    """Every year after the newest report, at the report's level and by the country's course."""
    country = place.code[:2]
    direct = _course(shared, country, tuple(SPLITS.get(country, ())))
    power = _course(shared, country, ("Power Industry",))
    reports = reports[-1:] if own else reports
    levels = [(report, _level(shared, report)) for report in reports]
    heads = 1.0 if own else people / sum(level.people for _, level in levels)
    names = ", ".join(f"{report.city} {report.year}" for report in reports)
    text = f"CDP-ICLEI open data, {names}" + (", its own report" if own else ", mean a head, times population")
    first = max(FIRST_YEAR, reports[-1].year + 1 if own else FIRST_YEAR)
    for year in range(first, YEAR + 1):
        level = Level(
            heads * sum(float(v.rest * direct[year] / direct[r.year]) for r, v in levels),
            heads * sum(float(v.grid * power[year] / power[r.year]) for r, v in levels),
            people,
        )
        course = f"{text}, carried to {year} by {COURSE[country]}"
        yield from _rows(shared, place.code, year, level, course, activity, carried=True)


def _rows(
    shared: Path, city: str, year: int, level: Level, text: str, activity: Activity, *, carried: bool
) -> Iterator[Row]:
    less = "direct" if city.startswith("FI") else "direct less facilities"
    split = HALVES if city.startswith("CA") else f"split as {COURSE[city[:2]]}: estimated"
    for reference, share in shares(shared, city[:2], year).items():
        yield activity(city, year, reference, level.rest * share, "estimated", f"{text}; {less}; {split}")
    quality, mark = ("estimated", ": estimated") if carried else ("reported", "")
    yield activity(city, year, "I.2.2", level.grid, quality, f"{text}; scope 2{mark}")


def _prairie(shared: Path, place: Place, people: int, report: Report, activity: Activity) -> Iterator[Row]:
    level = _level(shared, report)
    text = f"CDP-ICLEI open data, {report.city} {report.year}, a head, times population"
    for reference, share in shares(shared, "CA", report.year).items():
        tonnes = level.rest / level.people * people * share
        yield activity(
            place.code, report.year, reference, tonnes, "estimated", f"{text}; direct less facilities; {HALVES}"
        )
    if place.code in ("CA-SAK", "CA-REG"):  # another grid than Calgary's: the one of Saskatchewan
        course, text = _course(shared, "CA", ()), "CDP-ICLEI open data, Saskatoon 2014, a head, times population"
        level = _level(shared, SASKATOON)
        level = Level(0.0, float(level.grid * course[report.year] / course[SASKATOON.year]), level.people)
        text += f", carried to {report.year} by {COURSE['CA']}"
    tonnes = level.grid / level.people * people
    yield activity(place.code, report.year, "I.2.2", tonnes, "estimated", f"{text}; scope 2: estimated")
