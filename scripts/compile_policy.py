"""Compile data/policy/coal_exit.csv from the shared data folder: python scripts/compile_policy.py FOLDER [OUT]."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

OUT = Path(__file__).parents[1] / "src" / "carbonpolis" / "data" / "policy" / "coal_exit.csv"
TREATED = "CA NAN"
# Cities with another coal power station of Ontario: they fell under the same regulation, so they can't be donors.
ALSO_TREATED = {"CA CRR", "CA THU", "CA YIB", "CA MIS"}
LEAST_T = 1_000_000  # in 2004: places with one large emitter or more, as the treated one
YEARS = range(2004, 2021)
SOURCE = "Environment and Climate Change Canada, Greenhouse Gas Reporting Program, facilities summed by UN/LOCODE; OGL Canada"


def compile_rows(shared: Path) -> pd.DataFrame:
    """Facility emissions by place and year, t CO2e, of places whose every year is reported."""
    facilities = pd.read_csv(shared / "emitters" / "canada_facilities.csv")
    facilities = facilities[facilities["city_locode"].str.startswith("CA ")]
    table = facilities.pivot_table(index="city_locode", columns="year", values="emissions_t", aggfunc="sum")
    table = table.reindex(columns=list(YEARS)).dropna()
    table = table[(table[YEARS[0]] >= LEAST_T) & ~table.index.isin(ALSO_TREATED)]
    rows = table.stack().rename("emissions_t").reset_index().sort_values(["city_locode", "year"])
    return rows.assign(emissions_t=rows["emissions_t"].astype(int), source=SOURCE).rename(
        columns={"city_locode": "place"}
    )


def main() -> None:
    """Write the table."""
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else OUT
    compile_rows(Path(sys.argv[1])).to_csv(out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
