"""Files of city inventories, as cities and researchers publish them, in the one layout of a comparison.

A file may have a row a city and year, or a row a line of an inventory (then lines are summed, what is below zero as
removals). Other names of the columns that public collections use are known; see ALIASES. Companions with a place's
population or area are joined by their code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from carbonpolis.errors import BadInput, Fault
from carbonpolis.evaluate.compare.records import COLUMNS, NUMBERS

# Column of a comparison: other names of it, and what to multiply by. The first that is there is taken.
ALIASES: Mapping[str, Sequence[tuple[str, float]]] = {
    "city": [("city", 1), ("organization", 1), ("place", 1), ("county", 1)],
    "country": [("country", 1)],
    "year": [("year", 1), ("emission_year", 1), ("accounting_year", 1)],
    "population": [("population", 1), ("population_cdp", 1)],
    "area_km2": [("area_km2", 1), ("land_area_km2", 1)],
    "gdp_musd_ppp": [("gdp_musd_ppp", 1), ("gdp_ppp_busd", 1e3), ("gdp_busd_ppp", 1e3)],
    "energy_gj": [("energy_gj", 1)],
    "scope1_t": [("scope1_t", 1)],
    "scope2_t": [("scope2_t", 1)],
    "scope3_t": [("scope3_t", 1)],
    "total_t": [("total_t", 1), ("emissions_t", 1), ("co2_t", 1), ("emissions_mt", 1e6), ("basic_t", 1)],
    "removals_t": [("removals_t", 1)],
    "boundary": [("boundary", 1)],
    "gases": [("scope1_units", 1), ("gases", 1)],
    "protocol": [("protocol", 1)],
    "coverage": [("coverage", 1)],
    "low_t": [("scope1_low_t", 1), ("total_low_t", 1), ("low_t", 1)],
    "high_t": [("scope1_high_t", 1), ("total_high_t", 1), ("high_t", 1)],
    "source": [("source", 1)],
}
LINES = ("sector", "emissions_t")  # columns by which an inventory line by line is known
TARGETS = ("base_year", "target_year", "reduction_pct")
CODE = "city_locode"
ENDINGS = (".csv", ".parquet")


@dataclass
class Found:
    """records: COLUMNS. targets: as in the file, with city. told: what was done, a sentence each."""

    records: pd.DataFrame
    targets: pd.DataFrame
    told: list[str] = field(default_factory=list)


def read_inventories(paths: Sequence[Path]) -> Found:
    """Inventories of files, or of all .csv and .parquet files of folders.

    Raises BadInput naming a file that can't be read or holds no city, or a field that is no number where one is needed
    (all of them, with row and column).
    """
    files = _files(paths)
    tables = {path: _read(path) for path in files}
    found = Found(pd.DataFrame(columns=list(COLUMNS)), pd.DataFrame())
    places = [table for table in tables.values() if CODE in table]
    parts, faults = [], list[Fault]()
    for path, table in tables.items():
        if CODE in table:
            found.told.append(f"{path.name}: joined by place code")
        elif all(name in table for name in TARGETS):
            found.targets = pd.concat([found.targets, _named(table)], ignore_index=True)
            found.told.append(f"{path.name}: {len(table):,} targets")
        else:
            part = _records(path, table, places, found.told, faults)
            if part is not None:
                parts.append(part)
    if faults:
        raise BadInput(faults)
    if not parts:
        needed = "a column of cities, one of years and one of emissions (see `carbonpolis compare --help`)"
        raise BadInput([Fault(", ".join(path.name for path in files), 0, "city, year, total_t", "none", needed)])
    found.records = pd.concat(parts, ignore_index=True)
    return found


def _files(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if each.suffix in ENDINGS)
            if not inside:
                raise BadInput([Fault(str(path), 0, "folder", "nothing", "files that end in .csv or .parquet")])
            files += inside
        elif path.suffix in ENDINGS and path.is_file():
            files.append(path)
        else:
            raise BadInput([Fault(str(path), 0, "file", "", "a file that is there and ends in .csv or .parquet")])
    return list(dict.fromkeys(files))


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        # NA is Namibia: only an empty field is missing.
        return pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)
    except (OSError, ValueError) as problem:
        raise BadInput(
            [Fault(str(path), 0, "file", str(problem), "a table in UTF-8 with names in its first row")]
        ) from None


def _records(
    path: Path, table: pd.DataFrame, places: Sequence[pd.DataFrame], told: list[str], faults: list[Fault]
) -> pd.DataFrame | None:
    """A file's records; None where it has no emissions, which is told."""
    if all(name in table for name in LINES):
        table = _summed(path, table, told)
    if "place" in table and "level" in table:
        table = table[table["level"] == "city"]
    columns = {name: _column(path, table, name, faults) for name in COLUMNS}
    if columns["city"] is None or all(columns[n] is None for n in ("scope1_t", "scope2_t", "total_t")):
        told.append(
            f"{path.name}: passed over; it has no column of {'cities' if columns['city'] is None else 'emissions'}"
        )
        return None
    empty = pd.Series(np.nan, index=table.index)
    part = pd.DataFrame({name: empty if column is None else column for name, column in columns.items()})
    if "city" in table and "organization" in table:
        part["city"] = table["city"].fillna(table["organization"])
    if "co2_t" in table or "emissions_mt" in table:
        part["gases"] = "CO2"
    part["source"] = path.name
    part = _with_places(part, table, places)
    nameless = part["city"].isna()
    if nameless.any():
        told.append(f"{path.name}: {int(nameless.sum())} rows without a city left out")
    told.append(f"{path.name}: {int((~nameless).sum()):,} rows of {part.loc[~nameless, 'city'].nunique():,} cities")
    return part[~nameless]


def _summed(path: Path, table: pd.DataFrame, told: list[str]) -> pd.DataFrame:
    """Lines of an inventory summed to a row a city and year; repeated lines are counted once."""
    repeated = table.duplicated()
    if repeated.any():
        told.append(f"{path.name}: {int(repeated.sum())} lines that stand twice counted once")
    table = table[~repeated]
    name = next(each for each in ("city", "county") if each in table)
    label = table[name].astype(str)
    if "ctu_id_gnis" in table:
        kinds = table.groupby(name)["ctu_id_gnis"].transform("nunique")
        label = label.where(kinds < 2, label + " (" + table["kind"].astype(str).str.lower() + ")")
    key = [label.rename("city"), table["year"].rename("year")]
    amount = table["emissions_t"].astype(float)
    natural = table["sector"].astype(str).str.contains("natural|sink|land use", case=False)
    summed = pd.DataFrame(
        {
            "total_t": amount.where(~natural).groupby(key).sum(min_count=1),
            "removals_t": -amount.where(natural).groupby(key).sum(min_count=1),
            "coverage": _coverage(table, amount, key),
            "population": table["population"].astype(float).groupby(key).max(),
        }
    )
    told.append(f"{path.name}: {len(table):,} lines summed; natural systems are taken as removals, not as emissions")
    return summed.reset_index()


def _coverage(table: pd.DataFrame, amount: pd.Series[float], key: list[pd.Series]) -> pd.Series[float]:
    """Share of its lines that have a figure, times the share of the emissions that its lines usually carry.

    Usual: the kinds of line (sector and category) that the city has in most of its years, each with its median.
    """
    kind = table["sector"].astype(str)
    kind = kind + "/" + table["category"].astype(str) if "category" in table else kind
    yearly = amount.abs().groupby([*key, kind.rename("kind")]).sum(min_count=1)
    usual = yearly.groupby(["city", "kind"]).agg(["median", "count"])
    years = yearly.reset_index().groupby("city")["year"].nunique()
    often = usual["count"] >= 0.5 * usual.index.get_level_values("city").map(years.to_dict())
    weight = usual["median"].where(often, 0.0)
    there = yearly.notna().reset_index(name="there")
    carried = weight.reindex(pd.MultiIndex.from_frame(there[["city", "kind"]])).to_numpy()
    share = pd.Series(carried * there["there"].to_numpy(), there.index).groupby([there["city"], there["year"]]).sum()
    whole = weight.groupby("city").sum()
    part = share / share.index.get_level_values("city").map(whole.to_dict())
    found: pd.Series[float] = amount.notna().groupby(key).mean() * part.clip(upper=1.0)
    return found


def _column(path: Path, table: pd.DataFrame, name: str, faults: list[Fault]) -> pd.Series | None:
    for alias, by in ALIASES[name]:
        if alias not in table:
            continue
        column = table[alias]
        if alias == "accounting_year":
            return _middle_year(column)
        if name not in NUMBERS:
            return column
        numbers = pd.to_numeric(column, errors="coerce")
        wrong = column.notna() & numbers.isna()
        if name in {"low_t", "high_t"}:
            numbers = numbers.where(numbers >= 0)  # an end of a range below zero is no range of emissions
        elif name.endswith("_t") and name != "removals_t":
            wrong |= numbers < 0
        expected = "a number of 0 or more, or nothing"
        faults += [Fault(path.name, int(n) + 2, alias, str(column.iloc[n]), expected) for n in np.flatnonzero(wrong)]
        return numbers * by
    return None


def _middle_year(column: pd.Series) -> pd.Series[float]:
    """The calendar year in which the middle of a period such as "2013-07-01 - 2014-06-30" lies."""

    def middle(text: object) -> float:
        days = re.findall(r"\d{4}-\d{2}-\d{2}", str(text))
        if len(days) == 2:
            first, last = (pd.Timestamp(day) for day in days)
            return float((first + (last - first) / 2).year)
        year = re.search(r"\d{4}", str(text))
        return float(year[0]) if year else np.nan

    return column.map(middle)


def _with_places(part: pd.DataFrame, table: pd.DataFrame, places: Sequence[pd.DataFrame]) -> pd.DataFrame:
    if "place" not in table:
        return part
    for companion in places:
        by_code = companion.drop_duplicates(CODE, keep="last").set_index(CODE)
        for name in ("population", "area_km2"):
            if name in by_code:
                part[name] = part[name].fillna(table["place"].map(by_code[name]))
    return part


def _named(table: pd.DataFrame) -> pd.DataFrame:
    named = table.copy()
    if "organization" in named:
        named["city"] = named["city"].fillna(named["organization"]) if "city" in named else named["organization"]
    return named
