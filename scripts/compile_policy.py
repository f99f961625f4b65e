"""Compile data/policy/coal_exit.csv from the shared data folder: python scripts/compile_policy.py FOLDER [OUT]."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

OUT = Path(__file__).parents[1] / "src" / "carbonpolis" / "data" / "policy" / "coal_exit.csv"
TREATED = "Nanticoke"
YEARS = range(2004, 2021)
# Places with a coal power station, and the place code in the table (all large facilities there are summed) or, where
# the table names the province only, the station itself. Left out: Ontario's other coal places, which fell under the
# same regulation; Brandon, under Manitoba's own limit on coal; Wabamun, which closed in 2010 and has no whole series.
PLACES = {
    TREATED: "CA NAN",
    "Belledune": "CA BEL",
    "Sundance and Keephills": "CA DFL",
    "Estevan (Shand)": "CA EST",
    "Forestburg (Battle River)": "CA FBG",
    "Hanna (Sheerness)": "CA HNA",
    "Lingan": "CA LGN",
    "Point Tupper": "CA PHW",
    "Trenton": "CA TRN",
    "Warburg (Genesee)": "CA WBG",
}
STATIONS = {
    "Boundary Dam": "Boundary Dam Power Station",
    "H. R. Milner": "H.R.Milner Generating Station",
    "Point Aconi": "Point Aconi Generating Station",
    "Poplar River": "Poplar River Power Station",
}
SOURCE = (
    "Environment and Climate Change Canada, Greenhouse Gas Reporting Program, facilities 2004-2020, summed by place; "
    "Open Government Licence - Canada"
)


def compile_rows(shared: Path) -> pd.DataFrame:
    """Verified emissions of large facilities by coal place and year, t CO2e. Raises ValueError for a gap."""
    facilities = pd.read_csv(shared / "emitters" / "canada_facilities.csv")
    places = facilities["city_locode"].map({code: name for name, code in PLACES.items()})
    stations = facilities["facility"].map({facility: name for name, facility in STATIONS.items()})
    named = facilities.assign(place=places.fillna(stations)).dropna(subset="place")
    table = named.pivot_table(index="place", columns="year", values="emissions_t", aggfunc="sum")
    table = table.reindex(index=sorted([*PLACES, *STATIONS]), columns=list(YEARS))
    if table.isna().any(axis=None):
        raise ValueError(f"a year is missing at {', '.join(table.index[table.isna().any(axis=1)])}")
    rows = table.stack().rename("emissions_t").astype(int).reset_index()
    return rows.assign(source=SOURCE)


def main() -> None:
    """Write the table."""
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else OUT
    compile_rows(Path(sys.argv[1])).to_csv(out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
