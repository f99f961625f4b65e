"""What a comparison starts from: inventories of cities in one layout, and whether they can be set side by side.

Cities compare when they count the same emissions, of the same gases, inside the same kind of boundary, in years close
to each other, from figures that are whole. Those that don't are kept, apart, each with its reason; nothing is mended
silently. Source of the checks: GPC v1.1, chapters 4 and 5 (boundary, completeness); ISO 37120 on indicators per head.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

# Column: meaning. Only city and year are needed; what is missing stays missing.
COLUMNS: Mapping[str, str] = {
    "city": "name",
    "country": "country; tells cities of one name apart",
    "year": "calendar year of the inventory",
    "population": "persons",
    "area_km2": "km2",
    "gdp_musd_ppp": "product, million PPP USD a year",
    "energy_gj": "final energy, GJ a year",
    "scope1_t": "emitted inside the boundary, t CO2e (or CO2) a year",
    "scope2_t": "by electricity and heat brought in, t a year",
    "scope3_t": "elsewhere for the city, t a year",
    "total_t": "all that the inventory counts, t a year",
    "removals_t": "taken up by the city's sinks, t CO2 a year, above zero",
    "boundary": "administrative, metropolitan, or in words",
    "gases": "CO2, or CO2 with others",
    "protocol": "method of the inventory",
    "coverage": "share of its lines that have a figure, 0 to 1",
    "low_t": "lower end of the range of the total, t",
    "high_t": "upper end, t",
    "source": "where the row comes from",
}
NUMBERS = tuple(name for name in COLUMNS if name not in {"city", "country", "boundary", "gases", "protocol", "source"})
MEASURES: Mapping[str, tuple[str, ...]] = {
    "scope1": ("scope1_t",),
    "scope12": ("scope1_t", "scope2_t"),
    "total": ("total_t",),
}
WITHIN_YEARS = 2
LEAST_COVERAGE = 0.9
# What a city may emit per person and year before the figure is doubted: from a fifth of the least to ten times the most
# of the ordinary range of S12 (1 to 20 t). Ours.
LEAST_PER_HEAD, MOST_PER_HEAD = 0.2, 200.0


@dataclass(frozen=True, slots=True)
class Standard:
    """What all compared cities have in common."""

    measure: str
    year: int
    within: int
    boundary: str
    gases: str

    def __str__(self) -> str:
        return (
            f"{self.measure}, {self.year} ± {self.within}, boundary {self.boundary or 'as stated'}, "
            f"gases {self.gases or 'as stated'}"
        )


@dataclass(frozen=True, slots=True)
class Comparable:
    """standard; compared: index city, COLUMNS, emissions_t (by the measure) and note; apart: the rest, with reason."""

    standard: Standard
    compared: pd.DataFrame
    apart: pd.DataFrame


def comparable(
    records: pd.DataFrame, *, measure: str | None = None, year: int | None = None, within: int = WITHIN_YEARS
) -> Comparable:
    """Cities that can be set side by side, one row each, and those that can't.

    records: COLUMNS (missing ones count as empty), a row a city and year. measure: a row of MEASURES, default the one
    that most cities have; year: default that of most. Boundary and gases are those of most cities that state them; a
    city that doesn't state them stays in, with a note. Raises ValueError for an unknown measure or no city at all.
    """
    if measure is not None and measure not in MEASURES:
        raise ValueError(f"no measure {measure!r}; choose from {', '.join(MEASURES)}")
    if not len(records):
        raise ValueError("no city to compare")
    frame = records.reindex(columns=list(COLUMNS)).reset_index(drop=True)
    frame["label"] = labels(frame)
    frame["boundary"] = frame["boundary"].map(boundary_class)
    frame["gases"] = frame["gases"].map(gas_class)
    chosen = measure or max(MEASURES, key=lambda name: frame.loc[_emissions(frame, name).notna(), "label"].nunique())
    frame["emissions_t"] = _emissions(frame, chosen)
    whole = frame[frame["emissions_t"].notna() & frame["year"].notna()]
    frame["poor"] = (frame["coverage"].astype(float) < LEAST_COVERAGE) | frame["population"].isna()
    if not len(whole):
        words = " + ".join(MEASURES[chosen])
        raise ValueError(f"no city has {words} and a year; give those columns, or choose another measure")
    good = whole[~frame.loc[whole.index, "poor"]]
    at = year if year is not None else _year(good if len(good) else whole)
    nearest = _one_a_city(frame, at)
    standard = Standard(chosen, at, within, _most(nearest["boundary"]), _most(nearest["gases"]))
    reasons = nearest.apply(lambda row: "; ".join(_reasons(row, standard)), axis=1)
    notes = nearest.apply(lambda row: "; ".join(_notes(row, standard)), axis=1)
    fits = reasons == ""
    ready = nearest.assign(note=notes).set_index("label").rename_axis("city_label")
    aside = nearest.assign(reason=reasons).set_index("label").rename_axis("city_label")
    return Comparable(standard, ready[fits.to_numpy()], aside[~fits.to_numpy()])


def labels(frame: pd.DataFrame) -> pd.Series[str]:
    """The city's name, with its country where another city bears the same name."""
    name, country = frame["city"].astype(str), frame["country"].astype(object).fillna("").astype(str)
    countries = country.groupby(name.str.casefold()).transform("nunique")
    return name.where((countries < 2) | (country == ""), name + " (" + country + ")")


def boundary_class(words: object) -> str:
    """administrative, metropolitan, another word, or "" where nothing is stated."""
    text = "" if pd.isna(words) else str(words).strip().casefold()  # type: ignore[call-overload]
    if not text:
        return ""
    if "metropolitan" in text or "functional" in text:
        return "metropolitan"
    if "administrative" in text or "municip" in text or "geopolitical" in text or "jurisdiction" in text:
        return "administrative"
    return "other"


def gas_class(words: object) -> str:
    """CO2, or CO2e where others are counted too; "" where nothing is stated."""
    text = "" if pd.isna(words) else str(words).strip().upper()  # type: ignore[call-overload]
    if not text:
        return ""
    return "CO2" if text.replace(" ", "").rstrip(";,") in {"CO2", "TCO2"} else "CO2e"


def _emissions(frame: pd.DataFrame, measure: str) -> pd.Series[float]:
    total: pd.Series[float] = frame[list(MEASURES[measure])].astype(float).sum(axis=1, min_count=len(MEASURES[measure]))
    return total


def _year(whole: pd.DataFrame) -> int:
    """The year about which most cities have an inventory; of several the latest."""
    years = np.sort(whole["year"].astype(int).unique())
    counts = [whole.loc[(whole["year"] - each).abs() <= WITHIN_YEARS, "label"].nunique() for each in years]
    most = max(counts)
    inside = [int(each) for each, count in zip(years, counts, strict=True) if count >= 0.999 * most]
    return inside[-1]


def _one_a_city(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    """Of each city the row with a figure whose year is nearest, whole ones first; of two equally near the later."""
    away = (frame["year"] - year).abs()
    order = frame.assign(empty=frame["emissions_t"].isna(), away=away.fillna(np.inf))
    keys = ["label", "empty", "poor", "away", "year"]
    ordered = order.sort_values(keys, ascending=[True, True, True, True, False], kind="stable")
    return ordered.drop_duplicates("label").drop(columns=["empty", "away", "poor"]).reset_index(drop=True)


def _most(classes: pd.Series[str]) -> str:
    stated = classes[classes != ""]
    return str(stated.mode().iloc[0]) if len(stated) else ""


def _reasons(row: pd.Series, standard: Standard) -> list[str]:
    found = []
    if pd.isna(row["year"]):
        found.append("no year stated")
    elif abs(row["year"] - standard.year) > standard.within:
        found.append(f"its inventory is of {int(row['year'])}")
    if pd.isna(row["emissions_t"]):
        missing = [name for name in MEASURES[standard.measure] if pd.isna(row[name])]
        found.append(f"no figure for {' and '.join(missing)}")
    if pd.isna(row["population"]) or row["population"] <= 0:
        found.append("no population to divide by")
    elif pd.notna(row["emissions_t"]):
        per_head = row["emissions_t"] / row["population"]
        if not LEAST_PER_HEAD <= per_head <= MOST_PER_HEAD:
            found.append(f"{per_head:.3g} t/person can't be right; expected {LEAST_PER_HEAD:g} to {MOST_PER_HEAD:g}")
    for what in ("boundary", "gases"):
        wanted = getattr(standard, what)
        if row[what] and wanted and row[what] != wanted:
            found.append(f"its {what} {'are' if what == 'gases' else 'is'} {row[what]}, not {wanted}")
    if pd.notna(row["coverage"]) and row["coverage"] < LEAST_COVERAGE:
        found.append(f"only {row['coverage']:.0%} of its lines have a figure")
    return found


def _notes(row: pd.Series, standard: Standard) -> list[str]:
    silent = [what for what in ("boundary", "gases") if not row[what] and getattr(standard, what)]
    found = [f"{' and '.join(silent)} not stated"] if silent else []
    if pd.notna(row["year"]) and row["year"] != standard.year:
        found.append(f"of {int(row['year'])}")
    return found
