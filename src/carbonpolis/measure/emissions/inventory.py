"""An inventory: activities to emissions, one line for every row; read as the paper's parts, as GPC, by category."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from carbonpolis.errors import BadInput
from carbonpolis.measure.emissions.check import COLUMNS, NOTATION_KEYS, faults
from carbonpolis.measure.emissions.factors import EVERYWHERE, REPORTED, combine, combined, conversions, gpc, preferred
from carbonpolis.measure.estimate import Estimate

UNIT = "t CO2e"
PARTS = ("direct", "outside_production", "indirect_services")
LINE_COLUMNS = (
    *("city", "year", "gpc_ref", "activity", "part", "category", "scope", "level", "unit", "amount", "factor"),
    *("emissions_t", "sd_t", "quality", "source", "factor_source"),
)
_OPTIONAL: dict[str, float | str] = {"amount_sd": float("nan"), "quality": "reported", "source": ""}
_WAYS = ("part", "gpc_ref", "scope", "category")
_GRID_SUPPLY = "I.4.4"


@dataclass(frozen=True, slots=True)
class Inventory:
    """Emissions line by line.

    lines: columns city, year, gpc_ref, activity, part, category, scope, level, unit, amount, factor (t CO2e per unit),
    emissions_t, sd_t (t CO2e), quality, source (of the amount), factor_source, and whatever else the activities
    carried; emissions_t is NaN for a line noted NE, IE or C: such a line is missing, never 0.
    """

    lines: pd.DataFrame

    def total(self, part: str | None = None) -> Estimate:
        """Sum of all lines, or of one of the paper's parts, t CO2e; what is missing adds nothing.

        Errors of lines are taken as independent (IPCC 2006 vol. 1 eq. 3.2); lines that share a factor err together, so
        the true sd is somewhat wider. Raises ValueError for an unknown part.
        """
        if part is not None and part not in PARTS:
            raise ValueError(f"no part {part!r}; choose from {', '.join(PARTS)}")
        return self._sum(self.lines if part is None else self.lines[self.lines["part"] == part])

    def by(self, way: str) -> pd.DataFrame:
        """Sums by "part", "gpc_ref", "scope" or "category": columns emissions_t, sd_t; NaN where all is missing.

        Raises ValueError for any other way.
        """
        if way not in _WAYS:
            raise ValueError(f"no way {way!r} to sum; choose from {', '.join(_WAYS)}")
        squared = self.lines.assign(variance=self.lines["sd_t"] ** 2)
        sums = squared.groupby(way)[["emissions_t", "variance"]].sum(min_count=1)
        return pd.DataFrame({"emissions_t": sums["emissions_t"], "sd_t": sums["variance"] ** 0.5})

    @property
    def basic(self) -> Estimate:
        """GPC BASIC: no I.4.4, no waste of others."""
        return self._level("BASIC")

    @property
    def basic_plus(self) -> Estimate:
        """GPC BASIC+: BASIC, and losses, transport beyond the boundary, processes, land."""
        return self._level("BASIC", "BASIC+")

    @property
    def territorial(self) -> Estimate:
        """All of scope 1, what is supplied to the grid and others' waste included."""
        return self._sum(self.lines[self.lines["scope"] == 1])

    @property
    def missing(self) -> pd.DataFrame:
        """Lines noted NE, IE or C: known to be unknown."""
        return self.lines[self.lines["emissions_t"].isna()]

    @property
    def overlaps(self) -> pd.DataFrame:
        """What is counted in two parts: columns city, year, one, other, reason.

        Generation supplied to the grid (I.4.4) and grid energy used (scope 2) in one city and year hold the same
        electricity as far as the city uses its own.
        """
        emitting = self.lines[self.lines["emissions_t"] > 0]
        supply = emitting[emitting["gpc_ref"] == _GRID_SUPPLY][["city", "year"]].drop_duplicates()
        used = emitting[emitting["scope"] == 2][["city", "year", "gpc_ref"]].drop_duplicates()
        both = supply.merge(used, on=["city", "year"])
        reason = "electricity made here and supplied to the grid is in both, as far as the city uses its own"
        found = both.rename(columns={"gpc_ref": "other"}).assign(one=_GRID_SUPPLY, reason=reason)
        return found[["city", "year", "one", "other", "reason"]]

    def _level(self, *levels: str) -> Estimate:
        return self._sum(self.lines[self.lines["level"].isin(levels)])

    def _sum(self, lines: pd.DataFrame) -> Estimate:
        return Estimate(float(lines["emissions_t"].sum()), float(np.sqrt((lines["sd_t"] ** 2).sum())), UNIT)


def inventory(activities: pd.DataFrame, factors: pd.DataFrame | None = None, gwp: str = "AR6") -> Inventory:
    """Activity data x factor x GWP (GPC v1.1 ch. 5; IPCC 2006 vol. 1), every row one line in the order given.

    activities: columns city, year, gpc_ref, activity, unit, amount (0 or more, or NO, NE, IE, C) and where known
    amount_sd (unit of the amount), quality, source; further columns are carried along, unless they bear the name of a
    computed one. factors: the user's own, columns as `factors_table`; they go before the packaged ones. The factor is
    the city's country's, else the general one. NO is 0; NE, IE and C are missing.
    sd: relative variances of amount and factor add (IPCC 2006 vol. 1 eq. 3.1); an amount without an sd counts as exact;
    a reported figure has the sd it states, else the one in data/factors.csv (5 %).
    Raises BadInput with every fault, ValueError for an unknown gwp or factors that don't do.
    """
    known = combined(gwp) if factors is None else preferred(combine(factors, gwp), combined(gwp))
    wrong = faults(activities, known=known)
    if wrong:
        raise BadInput(wrong, rows=len(activities))
    given = activities.reset_index(drop=True)
    frame = given[[*COLUMNS, *(name for name in _OPTIONAL if name in given)]]
    frame = frame.assign(**{name: default for name, default in _OPTIONAL.items() if name not in given})
    frame = frame.merge(conversions()[["unit", "base", "to_base"]], on="unit", how="left", validate="many_to_one")
    frame = frame.merge(gpc(), on="gpc_ref", how="left", validate="many_to_one")
    lines = _emissions(_with_factors(frame.assign(region=frame["city"].astype("string").str[:2]), known))
    carried = [name for name in given.columns if name not in LINE_COLUMNS and name not in _OPTIONAL]
    return Inventory(pd.concat([lines[list(LINE_COLUMNS)], given[carried]], axis=1))


def _emissions(frame: pd.DataFrame) -> pd.DataFrame:
    """The same lines with factor (t CO2e per unit), emissions_t, sd_t, and a source where the row named none."""
    noted = frame["amount"].isin(NOTATION_KEYS)
    amount = pd.to_numeric(frame["amount"].where(~noted), errors="coerce").astype(float)
    amount = amount.where(frame["amount"] != "NO", 0.0)
    factor = frame["t_per_base"] * frame["to_base"]
    stated = pd.to_numeric(frame["amount_sd"], errors="coerce").astype(float)
    own = (frame["activity"] == REPORTED) & stated.notna()
    from_factor = (amount * frame["factor_sd"] * frame["to_base"]).where(~own, 0.0)
    sd = pd.Series(np.hypot(stated.fillna(0.0) * factor, from_factor), frame.index)
    unnamed = frame["source"].astype("string").fillna("").str.strip() == ""
    return frame.assign(
        factor=factor,
        emissions_t=amount * factor,
        sd_t=sd.where(~noted, amount),  # a noted line has no error of its own: 0 for NO, missing otherwise
        source=frame["source"].where(~unnamed, frame["factor_source"]),
    )


def _with_factors(frame: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The closest factor of each line: the country's own, else the general one."""
    keys = ["activity", "base"]
    values = ["t_per_base", "factor_sd", "factor_source"]
    general = known[known["region"] == EVERYWHERE].drop(columns="region")
    near = frame[[*keys, "region"]].merge(known, on=[*keys, "region"], how="left", validate="many_to_one")[values]
    far = frame[keys].merge(general, on=keys, how="left", validate="many_to_one")[values]
    return pd.concat([frame, near.where(near["t_per_base"].notna(), far)], axis=1)
