"""Emission factors, global warming potentials and GPC references, as tables with a source in every row."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from carbonpolis.data import table
from carbonpolis.errors import BadInput, Fault
from carbonpolis.measure.emissions.electric import GRID, driven, drives
from carbonpolis.measure.emissions.units import named_units, unit
from carbonpolis.measure.estimate import from_range

REPORTED = "reported emissions"
EVERYWHERE = "*"
MEMO = "memo"
BIOGENIC = "CO2 biogenic"
_IN_CO2E = ("CO2", "CH4", "CH4 fossil", "CH4 non-fossil", "N2O")  # what a figure in CO2e holds; fluorine may be apart
METHANES = ("CH4 fossil", "CH4 non-fossil")  # methane whose origin is known; both are CH4 by mass
TABLES_VERSION = "2026.2"
KG_PER_T = 1000.0
COLUMNS = ("activity", "unit", "gas", "value", "low", "high", "region", "source")
CHECKED = ("sourced", "compiled", "recalled", "ours")
_FAMILIES = (
    *("stationary", "mobile", "grid", "transport", "electric", "fugitive", "waste", "industry"),
    *("agriculture", "manure", "consumption", "identities"),
)
_REQUIRED = ("activity", "unit", "gas", "value", "source")
_OPTIONAL = {"region": EVERYWHERE, "year": "", "table": "", "checked": "own"}
_KEYS = ["activity", "dimension", "region", "year_from", "year_to"]
_SD_OF_RANGE = float(from_range(0.0, 1.0, "").sd)  # a 95 % range one wide, read as mean -+ 1.96 sd
_ALWAYS = (-1, 9999)


@cache
def gpc() -> pd.DataFrame:
    """GPC references: columns gpc_ref, content, scope, level, part, category, ipcc; `memo` isn't counted."""
    frame = pd.DataFrame(table("gpc"))
    return frame.astype({"scope": int}).drop(columns="source")


def references() -> tuple[str, ...]:
    """Every legal GPC reference (GPC v1.1 ch. 3 and 4), from I.1.1 to VI.1."""
    return tuple(reference for reference in gpc()["gpc_ref"] if reference != MEMO)


def direct(reference: str) -> bool:
    """Whether a GPC reference is of direct emissions (scope 1). Raises KeyError for one that is none."""
    return bool(gpc().set_index("gpc_ref")["part"][reference] == "direct")


@cache
def activities_table() -> pd.DataFrame:
    """What is known of each packaged activity: columns family, kind, good, ipcc, part, category, references (that hold
    it, where it is not all of its kind); by activity."""
    return pd.DataFrame(table("activities")).drop(columns="source").set_index("activity")


def potential(gwp: str) -> dict[str, float]:
    """100-year potentials by gas, kg CO2e/kg; CO2e is 1, biogenic CO2 is 0 (a memo item, GPC v1.1).

    gwp: SAR, TAR, AR4, AR5, "AR5 feedback" (with climate-carbon feedback) or AR6, whose values all hold that feedback.
    Methane is CH4 where its origin is not said (AR6 table 7.SM.7: 27.9), "CH4 fossil" (table 7.15: 29.8, with the CO2
    that it becomes) or "CH4 non-fossil" (27.0); before AR6 all three are one.
    Raises ValueError listing the reports there are.
    """
    rows = [row for row in table("gwp") if row["gwp"] == gwp]
    if not rows:
        known = dict.fromkeys(row["gwp"] for row in table("gwp"))
        raise ValueError(f"no warming potentials {gwp!r}; choose from {', '.join(known)}")
    return {"CO2e": 1.0, BIOGENIC: 0.0, **{row["gas"]: float(row["value"]) for row in rows}}


def factors_table(family: str | None = None) -> pd.DataFrame:
    """The packaged factors as published, gas by gas, a copy: data/factors/*.csv, or one family of them.

    Columns activity, unit, gas, value, low, high (kg of the gas per unit; 95 % range), region (a city, a part of a
    country as US-MN, ISO country, a group of countries as `regions.groups` names them, "*" for anywhere), year
    ("2023", "2019-2022", "" for any), table, checked ("sourced": read in the source; "compiled": read in somebody's
    copy of it; "recalled": only remembered; "ours": a choice of this product), source, family.
    """
    families = _FAMILIES if family is None else (family,)
    if family is not None and family not in _FAMILIES:
        raise ValueError(f"no family of factors {family!r}; choose from {', '.join(_FAMILIES)}")
    return pd.concat([_family(name).assign(family=name) for name in families], ignore_index=True)


def _family(name: str) -> pd.DataFrame:
    """One table of factors; what runs on the grid follows from the grid's."""
    if name == "electric":
        return driven(_family("grid"))
    return pd.DataFrame(table(f"factors/{name}")).astype({"value": float, "low": float, "high": float})


def recalled() -> pd.DataFrame:
    """Every packaged figure of emissions that was only remembered: columns table, what, value, unit, source."""
    factors = factors_table()
    factors = factors[factors["checked"] == "recalled"]
    rows = [
        (f"factors/{r.family}", f"{r.activity}, {r.gas}", r.value, f"kg/{r.unit}", r.source)
        for r in factors.itertuples()
    ]
    rows += [
        ("emission_parameters", f"{row['parameter']}, {row['key']}", float(row["value"]), row["unit"], row["source"])
        for row in table("emission_parameters")
        if row["checked"] == "recalled"
    ]
    return pd.DataFrame(rows, columns=["table", "what", "value", "unit", "source"])


def read_factors(path: Path | str) -> pd.DataFrame:
    """A user's own factors from a CSV file with the columns of `factors_table` (region, low and high may be left out).

    Raises BadInput with every fault: a missing column or source, a value that is no number, an unknown unit or gas.
    """
    place = Path(path)
    frame = pd.read_csv(place, dtype=str, keep_default_na=False)
    if "value" in frame:
        frame = frame.assign(**{name: frame["value"] for name in ("low", "high") if name not in frame})
    frame = frame if "region" in frame else frame.assign(region=EVERYWHERE)
    missing = [name for name in COLUMNS if name not in frame]
    faults = [Fault(place.name, 1, name, "no such column", f"the columns {', '.join(COLUMNS)}") for name in missing]
    gases = set().union(*(potential(gwp) for gwp in dict.fromkeys(row["gwp"] for row in table("gwp"))))
    for number, row in enumerate(frame.to_dict("records") if not missing else [], start=2):
        for name in ("value", "low", "high"):
            number_read = pd.to_numeric(row[name], errors="coerce")
            if not np.isfinite(number_read) or number_read < 0:
                faults.append(Fault(place.name, number, name, row[name], "a number, 0 or more"))
        if unit(row["unit"]) is None:
            faults.append(Fault(place.name, number, "unit", row["unit"], f"a unit such as {', '.join(named_units())}"))
        if row["gas"] not in gases:
            faults.append(
                Fault(place.name, number, "gas", row["gas"], "CO2, CH4, N2O, CO2e or another gas of the IPCC")
            )
        if not row["source"].strip():
            faults.append(Fault(place.name, number, "source", "", "a source: the document and its table"))
    faults += _counted_twice(frame, place.name) if not missing else []
    if faults:
        raise BadInput(sorted(faults, key=lambda fault: fault.row), rows=len(frame))
    return frame.astype({"value": float, "low": float, "high": float})


def _counted_twice(frame: pd.DataFrame, file: str) -> list[Fault]:
    """Rows of a file that give one gas of one factor again, or the CO2, CH4 or N2O that a row in CO2e holds already."""
    found: list[Fault] = []
    read = {name: unit(str(name)) for name in frame["unit"].unique()}
    kinds = frame["unit"].map({name: each.dimension if each else name for name, each in read.items()})
    years = frame["year"] if "year" in frame else pd.Series("", frame.index)
    for _, own in frame.groupby([frame["activity"], kinds, frame["region"], years], sort=False):
        first: dict[str, int] = {}
        for number, gas in zip(own.index + 2, own["gas"], strict=True):
            if gas in first:
                remedy = "Keep one of them; factors of other places or years say so in region or year."
                found.append(Fault(file, int(number), "gas", gas, f"each gas once; row {first[gas]} has it", remedy))
            first.setdefault(str(gas), int(number))
        for gas in (name for name in _IN_CO2E if name in first and "CO2e" in first):
            rows = f"rows {min(first[gas], first['CO2e'])} and {max(first[gas], first['CO2e'])}"
            expected = f"CO2e or its gases; {rows} have both, and CO2e holds {gas} already"
            found.append(Fault(file, first[gas], "gas", gas, expected, "Keep one of them."))
    return found


@cache
def combined(gwp: str) -> pd.DataFrame:
    """The packaged factors over all gases, as `combine` gives them, and each gas of the report by its own mass."""
    return combine(pd.concat([factors_table(), _gases(gwp)], ignore_index=True), gwp)


def _gases(gwp: str) -> pd.DataFrame:
    """For each gas an activity "<gas> emitted": what a calculator found, or a meter measured, in units of mass."""
    names = [gas for gas in potential(gwp) if gas != "CO2e"]
    identity = f"identity: the mass of the gas; IPCC {gwp} gives its potential"
    frame = pd.DataFrame({"activity": [f"{gas} emitted" for gas in names], "gas": names})
    frame = frame.assign(unit="t", value=KG_PER_T, low=KG_PER_T, high=KG_PER_T, region=EVERYWHERE, year="", table="")
    return frame.assign(checked="ours", source=identity)


def combine(factors: pd.DataFrame, gwp: str) -> pd.DataFrame:
    """Factors gas by gas to t CO2e per SI base unit.

    factors: the columns that `factors_table` has; all but activity, unit, gas, value, source may be
    left out. Returns columns activity,
    dimension, region, year_from, year_to, t_per_base, factor_sd, biogenic_per_base, factor_source, factor_table,
    factor_checked, gases (t of each). The sd comes from the 95 % ranges of the gases, taken as independent (IPCC 2006
    vol. 1 eq. 3.2).
    Raises ValueError naming what a table of factors lacks or has twice.
    """
    warming = potential(gwp)
    _complete(factors)
    frame = factors.assign(**{name: text for name, text in _OPTIONAL.items() if name not in factors})
    frame = frame.assign(**{name: frame["value"] for name in ("low", "high") if name not in frame})
    frame = _with_driven(frame.astype({"value": float, "low": float, "high": float})).reset_index(drop=True)
    read = {name: unit(str(name)) for name in frame["unit"].unique()}
    base = {name: each.to_base if each else np.nan for name, each in read.items()}
    spans = [_span(text) for text in frame["year"].fillna("").astype(str)]
    frame = frame.assign(
        to_base=frame["unit"].map(base),
        dimension=frame["unit"].map({name: each.dimension if each else "" for name, each in read.items()}),
        gas=frame["gas"].where(frame["gas"].isin(list(warming)), frame["gas"].str.replace("-", "")),
        year_from=[span[0] for span in spans],
        year_to=[span[1] for span in spans],
    )
    _checked(frame, warming)
    scale = frame["gas"].map(warming).astype(float) / KG_PER_T / frame["to_base"]
    width = frame["high"] - frame["low"]
    biogenic = (frame["value"] / KG_PER_T / frame["to_base"]).where(frame["gas"] == BIOGENIC, 0.0)
    frame = frame.assign(
        t_per_base=frame["value"] * scale,
        variance=(width * _SD_OF_RANGE * scale) ** 2,
        biogenic=biogenic,
        rank=frame["checked"].map({"recalled": 0, "compiled": 1, "ours": 2, "sourced": 3}).fillna(4),
    )
    # a factor is checked no better than the worst of its gases
    grouped = frame.sort_values("rank", kind="stable").groupby(_KEYS, as_index=False, sort=False)
    worst = grouped[[*_KEYS, "checked"]].first().rename(columns={"checked": "factor_checked"})
    sums = frame.groupby(_KEYS, as_index=False, sort=False).agg(
        t_per_base=("t_per_base", "sum"), variance=("variance", "sum"), biogenic_per_base=("biogenic", "sum"),
        factor_source=("source", "first"), factor_table=("table", "first"),
    )  # fmt: skip
    sums = sums.assign(factor_sd=sums["variance"] ** 0.5).drop(columns="variance")
    found = sums.merge(worst, on=_KEYS, how="left").assign(gases=pd.Series(_by_gas(frame), dtype=object))
    return found.astype({name: object for name in found if found[name].dtype == "str"})


def _with_driven(frame: pd.DataFrame) -> pd.DataFrame:
    """Factors with those of what runs on the grid, where a grid is among them and they are not there already."""
    there = set(frame["activity"])
    if GRID not in there or there & set(drives()["activity"]):
        return frame
    return pd.concat([frame, driven(frame)], ignore_index=True)


def _by_gas(frame: pd.DataFrame) -> list[dict[str, float]]:
    """Tonnes of each gas per base unit, in the order in which the factors appear; methane of any origin is CH4."""
    found: dict[tuple[object, ...], dict[str, float]] = {}
    per_base = frame["value"] / KG_PER_T / frame["to_base"]
    keys = zip(*(frame[name] for name in _KEYS), strict=True)
    for key, gas, amount in zip(keys, frame["gas"], per_base, strict=True):
        name = "CH4" if gas in METHANES else gas
        gases = found.setdefault(key, {})
        gases[name] = gases.get(name, 0.0) + float(amount)
    return list(found.values())


def preferred(own: pd.DataFrame, packaged: pd.DataFrame) -> pd.DataFrame:
    """Factors as `combine` gives them, a user's own before the packaged ones; an own "*" before every country's."""
    general = own[own["region"] == EVERYWHERE][["activity", "dimension"]].drop_duplicates()
    placed = own[["activity", "dimension", "region"]].drop_duplicates()
    kept = _without(_without(packaged, general, ["activity", "dimension"]), placed, ["activity", "dimension", "region"])
    return pd.concat([own, kept], ignore_index=True)


def _without(frame: pd.DataFrame, those: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    marked = frame.merge(those, on=keys, how="left", indicator=True)
    return marked[marked["_merge"] == "left_only"].drop(columns="_merge")


def _span(text: str) -> tuple[int, int]:
    """Years that a factor stands for: "2023", "2019-2022", "" for any. Raises ValueError for other text."""
    first, _, last = text.strip().removesuffix(".0").partition("-")
    if not first:
        return _ALWAYS
    if not (first.isdecimal() and (last or first).isdecimal()) or int(last or first) < int(first):
        raise ValueError(f"a factor's year is {text!r}; expected a year as 2023, a span as 2019-2022, or nothing")
    return int(first), int(last or first)


def _complete(frame: pd.DataFrame) -> None:
    missing = [name for name in _REQUIRED if name not in frame]
    if missing or not len(frame):
        raise ValueError(f"the factors lack {', '.join(missing) or 'rows'}; expected columns {', '.join(COLUMNS)}")


def _checked(frame: pd.DataFrame, warming: dict[str, float]) -> None:
    ordered = (frame["low"] <= frame["value"]) & (frame["value"] <= frame["high"]) & (frame["low"] >= 0)
    wrong = {
        f"a unit among {', '.join(named_units())}": frame["to_base"].isna(),
        f"a gas among {', '.join(list(warming)[:12])} ...": ~frame["gas"].isin(list(warming)),
        "0 <= low <= value <= high": ~ordered,
        "one factor for an activity, kind of unit, region, years and gas": frame.duplicated([*_KEYS, "gas"]),
        "CO2e or its gases, as CO2e holds CO2, CH4 and N2O already": frame["gas"].isin(_IN_CO2E)
        & pd.MultiIndex.from_frame(frame[_KEYS]).isin(
            pd.MultiIndex.from_frame(frame.loc[frame["gas"] == "CO2e", _KEYS])
        ),
    }
    for expected, bad in wrong.items():
        if bad.any():
            row = frame[bad].iloc[0][["activity", "unit", "gas", "value", "low", "high", "region"]].to_dict()
            raise ValueError(f"the factor {row} doesn't do; expected {expected}")
