"""An inventory: activities to emissions, one line for every row; read as the paper's parts, as GPC, by category."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonpolis.errors import BadInput
from carbonpolis.measure.emissions.check import Examined, examine
from carbonpolis.measure.emissions.choice import Chooser
from carbonpolis.measure.emissions.codes import LONG, Codes, Floats
from carbonpolis.measure.emissions.factors import TABLES_VERSION, combine, combined, preferred, read_factors
from carbonpolis.measure.emissions.kinds import described
from carbonpolis.measure.emissions.overlap import overlaps
from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.uncertainty import Shape, Simulated, Variables, simulate

UNIT = "t CO2e"
PARTS = ("direct", "outside_production", "indirect_services")
LINE_COLUMNS = (
    *("city", "year", "gpc_ref", "activity", "part", "category", "scope", "level", "ipcc", "kind", "good", "unit"),
    *("amount", "notation_key", "factor", "emissions_t", "sd_t", "biogenic_t", "counted"),
    *("quality", "activity_quality", "factor_quality", "source", "factor_source", "factor_table", "factor_checked"),
    *("factor_region", "factor_years", "factor_match"),
)
_GIVEN = ("amount_sd", "quality", "source")
_WAYS = ("part", "gpc_ref", "scope", "category", "ipcc", "city", "year", "activity")
# GPC v1.1 table 5.3: H detailed or specific, M modelled with robust assumptions, L highly modelled or default
_ACTIVITY_QUALITY = {"measured": "H", "reported": "H", "estimated": "M", "imputed": "L", "assumed": "L"}
_ACTIVITY_QUALITY |= {key: key for key in "HML"}


@dataclass(frozen=True)
class Inventory:
    """Emissions line by line.

    gwp, version: the report of the warming potentials and the version of the packaged factors. set_aside: rows left
    out, with columns row, column, found, expected, remedy; empty unless asked for. The rest is for its own use.
    """

    gwp: str
    version: str
    set_aside: pd.DataFrame
    _given: pd.DataFrame
    _of: Codes
    _groups: pd.DataFrame
    _amount: Floats
    _noted: NDArray[Any] | None
    _sd: Floats | None

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Columns city, year, gpc_ref, activity, part, category, scope, level, ipcc, kind, good, unit, amount,
        notation_key, factor (t CO2e per unit), emissions_t, sd_t (t CO2e), biogenic_t (t CO2, a memo item), counted,
        quality, activity_quality, factor_quality (H, M, L), source (of the amount), factor_source, factor_table,
        factor_checked, factor_region, factor_years, factor_match (how close the factor is), and whatever else the
        activities carried; emissions_t is NaN for a line noted NE, IE or C: such a line is missing, never 0. counted is
        False for memo items and for the market-based method, which stand beside the totals.
        """
        given, groups, of = self._given, self._groups, self._of
        taken = {name: _spread(groups[name], of) for name in groups if name in LINE_COLUMNS}
        same = {name: given[name] for name in ("city", "year", "gpc_ref", "activity", "unit", "amount")}
        quality = given["quality"] if "quality" in given else _blank(len(of)).replace("", "reported")
        source = taken["factor_source"]
        if "source" in given:
            named = given["source"].astype("string").fillna("").str.strip() != ""
            source = given["source"].where(named, source.astype(object))
        missing = np.isnan(self._amount)
        computed = {
            "notation_key": _blank(len(of)) if self._noted is None else self._noted,
            "emissions_t": self._amount * groups["factor"].to_numpy()[of],
            "sd_t": np.where(missing, np.nan, np.sqrt(self._own_variance + self._shared_sd**2)),
            "biogenic_t": self._amount * groups["biogenic_factor"].to_numpy()[of],
            "quality": quality,
            "activity_quality": _graded(quality),
            "source": source,
        }
        frame = pd.DataFrame({**taken, **same, **computed}, index=given.index)[list(LINE_COLUMNS)]
        carried = [name for name in given if name not in LINE_COLUMNS and name not in _GIVEN]
        return pd.concat([frame, given[carried]], axis=1)

    def total(self, part: str | None = None) -> Estimate:
        """Sum of all counted lines, or of one of the paper's parts, t CO2e; what is missing adds nothing.

        Lines that share a factor err together in it, all else errs on its own (IPCC 2006 vol. 1 ch. 3, approach 1).
        Raises ValueError for an unknown part.
        """
        if part is not None and part not in PARTS:
            raise ValueError(f"no part {part!r}; choose from {', '.join(PARTS)}")
        return self._sum(self._counted if part is None else self._counted[self._counted["part"] == part])

    def by(self, way: str) -> pd.DataFrame:
        """Sums of the counted lines by "part", "gpc_ref", "scope", "category", "ipcc", "city", "year" or "activity".

        Columns emissions_t, sd_t; NaN where all is missing. By "ipcc" only scope 1 counts: the IPCC's table is
        territorial. Raises ValueError for any other way.
        """
        if way not in _WAYS:
            raise ValueError(f"no way {way!r} to sum; choose from {', '.join(_WAYS)}")
        frame = self._counted[self._counted["ipcc"] != ""] if way == "ipcc" else self._counted
        together = frame[frame["shared"] >= 0].groupby([way, "shared"])["linear"].sum() ** 2
        sums = frame.groupby(way)[["emissions_t", "own"]].sum()
        known = frame.groupby(way)["known"].sum() > 0
        variance = sums["own"].add(together.groupby(level=0).sum(), fill_value=0.0)
        figures = {"emissions_t": sums["emissions_t"], "sd_t": variance**0.5}
        return pd.DataFrame({name: figure.where(known) for name, figure in figures.items()})

    @property
    def basic(self) -> Estimate:
        """GPC BASIC: no I.4.4, no waste of others."""
        return self._sum(self._counted[self._counted["level"] == "BASIC"])

    @property
    def basic_plus(self) -> Estimate:
        """GPC BASIC+: BASIC, and losses, transport beyond the boundary, processes, land."""
        return self._sum(self._counted[self._counted["level"].isin(["BASIC", "BASIC+"])])

    @property
    def territorial(self) -> Estimate:
        """All of scope 1, what is supplied to the grid and others' waste included."""
        return self._sum(self._counted[self._counted["scope"] == 1])

    @property
    def induced(self) -> Estimate:
        """What the city's own activity causes: BASIC+, the GPC's city-induced framework."""
        return self.basic_plus

    @property
    def market_based(self) -> Estimate | None:
        """Scope 2 by the market-based method (method "market"), beside the totals; None when there is none."""
        lines = self._groups[(self._groups["scope"] == 2) & (self._method == "market")]
        return self._sum(lines) if len(lines) else None

    @property
    def missing(self) -> pd.DataFrame:
        """Lines noted NE, IE or C: known to be unknown."""
        return self.lines[self.lines["emissions_t"].isna()]

    @property
    def memo(self) -> pd.DataFrame:
        """Biogenic CO2 beside the totals, by part, category and activity: column biogenic_t, t CO2."""
        frame = self._groups[self._groups["biogenic_t"] != 0]
        return frame.groupby(["part", "category", "activity"])[["biogenic_t"]].sum().reset_index()

    @property
    def activities(self) -> pd.DataFrame:
        """The rows as given, without those set aside."""
        return self._given

    @property
    def gases(self) -> pd.DataFrame:
        """Tonnes of each gas of the counted lines, by city, year, gpc_ref: columns gas, gas_t; CO2e where none is told.

        What is missing adds nothing.
        """
        names = ("city", "year", "gpc_ref", "amount_sum", "gases")
        rows = [
            (city, year, reference, gas, amount * size)
            for city, year, reference, amount, held in zip(*(self._counted[name] for name in names), strict=True)
            for gas, size in held.items()
        ]
        frame = pd.DataFrame(rows, columns=["city", "year", "gpc_ref", "gas", "gas_t"])
        return frame.groupby(["city", "year", "gpc_ref", "gas"], as_index=False, sort=False).sum()

    @property
    def choices(self) -> pd.DataFrame:
        """The factor each distinct city, year, activity and unit took, how close it is, and how well it was checked."""
        names = ["city", "year", "activity", "unit", "factor", "factor_region", "factor_years", "factor_match"]
        names += ["factor_quality", "factor_checked", "factor_table", "factor_source"]
        return self._groups[names].drop_duplicates(ignore_index=True)

    @property
    def overlaps(self) -> pd.DataFrame:
        """What is counted twice: columns city, year, good, one, other (references), one_t, other_t, one_lines,
        other_lines (positions in `lines`), reason; see `overlap.overlaps`.
        """
        return overlaps(self.lines)

    def contributions(self) -> pd.DataFrame:
        """The lines with their share in the variance of the total (column share, summing to 1), the greatest first.

        share: covariance of the line with the total over the total's variance, as by `total`.
        """
        group, counted = self._groups, self._groups["counted"].to_numpy()[self._of] & ~np.isnan(self._amount)
        shared = group["shared"].to_numpy()[self._of]
        linear = np.where(counted, self._shared_sd, 0.0)
        together = np.bincount(np.maximum(shared, 0), weights=np.where(shared >= 0, linear, 0.0))
        covariance = np.where(counted, self._own_variance, 0.0) + linear * together[np.maximum(shared, 0)]
        whole = covariance.sum()
        share = covariance / whole if whole > 0 else np.zeros(len(covariance))
        return self.lines.assign(share=share).sort_values("share", ascending=False, kind="stable")

    def monte_carlo(
        self, draws: int = 10_000, seed: int = 0, *, amounts: Shape = "normal", factors: Shape = "lognormal"
    ) -> Simulated:
        """Draws of the total of the counted lines (IPCC 2006 vol. 1 ch. 3, approach 2); share is one a counted line.

        amounts, factors: the distribution of what is uncertain; of mean and sd as in `total`. A factor is drawn once
        for all lines that share it. Amounts of 0 are drawn as 0 and factors of 0 as 0, whatever the distribution.
        """
        counted = np.flatnonzero(self._groups["counted"].to_numpy()[self._of] & ~np.isnan(self._amount))
        amount, of = self._amount[counted], self._of[counted]
        factor, sd_factor = (self._groups[name].to_numpy()[of] for name in ("factor", "sd_factor"))
        own = self._groups["shared"].to_numpy()[of] < 0
        sd = np.zeros(len(amount)) if self._sd is None else np.nan_to_num(self._sd[counted])
        stated = np.zeros(len(amount), bool) if self._sd is None else ~np.isnan(self._sd[counted])
        # a figure with an error of its own carries it all in the amount; its factor is sure
        relative = np.divide(sd_factor, factor, out=np.zeros(len(amount)), where=factor > 0)
        sd = np.where(own & ~stated, amount * relative, sd)
        numbers, alike = np.unique(np.where(own, -1, self._groups["shared"].to_numpy()[of]), return_inverse=True)
        spread = np.zeros(len(numbers))
        spread[alike] = np.where(own, 0.0, relative)
        # the size of a unit is sure, so lines in different units share one relative error of the factor
        shape: Shape = amounts if np.all((amount > 0) | (sd == 0)) else "normal"
        errors = Variables(np.ones(len(numbers)), spread, factors)
        return simulate(
            Variables(amount * factor, sd * factor, shape), errors, alike, draws=draws, seed=seed, unit=UNIT
        )

    @cached_property
    def _method(self) -> pd.Series[Any]:
        blank = pd.Series("", self._groups.index)
        return self._groups["method"].fillna("") if "method" in self._groups else blank

    @cached_property
    def _counted(self) -> pd.DataFrame:
        return self._groups[self._groups["counted"]]

    @cached_property
    def _stated_own(self) -> NDArray[np.bool_]:
        """Rows that state an sd of their own for a figure that has no other error."""
        if self._sd is None:
            return np.zeros(len(self._amount), dtype=bool)
        return (self._groups["shared"].to_numpy()[self._of] < 0) & ~np.isnan(self._sd)

    @cached_property
    def _own_variance(self) -> Floats:
        """Variance of each row that no other row shares, (t CO2e)^2."""
        return _own_variance(self._groups, self._of, self._amount, self._sd)

    @cached_property
    def _shared_sd(self) -> Floats:
        """The part of each row's sd that comes from a factor shared with other rows, t CO2e."""
        shared = self._groups["shared"].to_numpy() >= 0
        per_unit = np.where(shared, self._groups["sd_factor"].to_numpy(), 0.0)
        return np.nan_to_num(self._amount) * per_unit[self._of]

    def _sum(self, groups: pd.DataFrame) -> Estimate:
        together = groups.loc[groups["shared"] >= 0].groupby("shared")["linear"].sum() ** 2
        return Estimate(float(groups["emissions_t"].sum()), float((groups["own"].sum() + together.sum()) ** 0.5), UNIT)


def inventory(
    activities: pd.DataFrame,
    factors: pd.DataFrame | Path | str | None = None,
    gwp: str = "AR6",
    *,
    faulty: str = "refuse",
    file: str = "activities",
    stored: bool = False,
) -> Inventory:
    """Activity data x factor x GWP (GPC v1.1 ch. 5; IPCC 2006 vol. 1), every row one line in the order given.

    activities: columns city, year, gpc_ref (or "memo"), activity, unit, amount (0 or more, or NO, NE, IE, C) and where
    known amount_sd (unit of the amount), quality (measured to assumed, or H, M, L), source, place (a region whose
    factors go before the country's, as US-MN), method ("market" for the market-based method); further columns are
    carried along, unless they bear the name of a computed one. factors: own ones, a frame with
    the columns of `factors_table`, or a file (`read_factors`); they go before the packaged ones. The factor is the
    closest in place, then in time.
    NO is 0; NE, IE and C are missing. sd: relative variances of amount and factor add (IPCC 2006 vol. 1 eq. 3.1); an
    amount without an sd counts as exact; a reported figure has the sd it states, else that of data/factors (5 %).
    faulty: "refuse" raises BadInput with every fault, "set_aside" leaves those rows out and lists them in `set_aside`.
    stored: rows that a folder has taken in before, which are not asked again for names and references ruled out since.
    Raises ValueError for an unknown gwp or factors that don't do.
    """
    if faulty not in ("refuse", "set_aside"):
        raise ValueError(f"faulty is {faulty!r}; choose refuse or set_aside")
    own = read_factors(factors) if isinstance(factors, str | Path) else factors
    known, chooser = _packaged(gwp) if own is None else _own(own, gwp)
    examined = examine(activities, chooser, file, stored=stored)
    aside = _aside(examined)
    if examined.faults:
        whole = not len(examined.faulty)  # a missing column: no row to set aside
        if faulty == "refuse" or whole:
            raise BadInput(examined.faults, rows=len(activities))
        kept = examined.frame.drop(index=list(examined.faulty)).reset_index(drop=True)
        examined = examine(kept, chooser, file, stored=stored)
    groups = described(examined.groups, known, chooser)
    groups = _summed(groups, examined)
    given = examined.frame
    return Inventory(
        gwp, TABLES_VERSION, aside, given, examined.groups.of, groups, examined.amount, examined.noted, examined.sd
    )


@cache
def _packaged(gwp: str) -> tuple[pd.DataFrame, Chooser]:
    return combined(gwp), Chooser(combined(gwp))


def _own(factors: pd.DataFrame, gwp: str) -> tuple[pd.DataFrame, Chooser]:
    known = preferred(combine(factors, gwp), combined(gwp))
    return known, Chooser(known)


def _summed(groups: pd.DataFrame, examined: Examined) -> pd.DataFrame:
    """The distinct lines with their sums: emissions_t, biogenic_t, own (variance), linear (sd shared), known (rows)."""
    sums, of = examined.groups.sums, examined.groups.of
    known = examined.groups.counts
    if examined.noted is not None:
        known = known - np.bincount(of, weights=np.isnan(examined.amount), minlength=len(groups)).astype(np.int64)
    own = np.zeros(len(groups))
    if examined.sd is not None or (groups["shared"] < 0).any():
        variance = _own_variance(groups, of, examined.amount, examined.sd)
        own = np.bincount(of, weights=variance, minlength=len(groups)).astype(np.float64)
    return groups.assign(
        amount_sum=sums,
        emissions_t=sums * groups["factor"],
        biogenic_t=sums * groups["biogenic_factor"],
        own=own,
        linear=np.where(groups["shared"] >= 0, sums * groups["sd_factor"], 0.0),
        known=known,
    )


def _own_variance(groups: pd.DataFrame, of: Codes, amount: Floats, sd: Floats | None) -> Floats:
    """Variance of each row that it shares with none: of its amount, and of its factor where that is its own."""
    factor = groups["factor"].to_numpy()[of]
    own_factor = np.where(groups["shared"] < 0, groups["sd_factor"], 0.0)[of]
    from_factor = np.nan_to_num(amount) * own_factor
    if sd is None:
        return np.square(from_factor)
    stated = ~np.isnan(sd)
    from_factor = np.where(stated, 0.0, from_factor)
    known = np.where(np.isnan(amount), 0.0, np.nan_to_num(sd))
    variance: Floats = np.square(known * factor) + np.square(from_factor)
    return variance


def _graded(quality: pd.Series[Any]) -> pd.Series[Any]:
    """H, M or L of the activity data; L for a word that isn't known."""
    codes, words = pd.factorize(quality)
    grades = np.array([*(_ACTIVITY_QUALITY.get(str(word), "L") for word in words), "L"], dtype=object)
    return _spread(pd.Series(grades, dtype=object), codes.astype(np.int32))


def _blank(rows: int) -> pd.Series[Any]:
    return _spread(pd.Series([""], dtype=object), np.zeros(rows, dtype=np.int32))


def _spread(column: pd.Series[Any], of: Codes) -> pd.Series[Any]:
    """A column of the distinct lines over all rows; long text as categories, each word kept once."""
    if column.dtype != object:
        return pd.Series(column.to_numpy()[of])
    if len(of) < LONG:
        return pd.Series(column.to_numpy()[of])
    codes, words = pd.factorize(column)
    return pd.Series(pd.Categorical.from_codes(codes[of], categories=pd.Index(words, dtype=object)))


def _aside(examined: Examined) -> pd.DataFrame:
    rows = [(f.row, f.column, f.found, f.expected, f.remedy) for f in examined.faults]
    return pd.DataFrame(rows, columns=["row", "column", "found", "expected", "remedy"])
