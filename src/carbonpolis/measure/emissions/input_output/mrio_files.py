"""Reading systems that pymrio saved: a folder with file_parameters.json and tables as text or Parquet."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from carbonpolis.errors import BadInput, Fault
from carbonpolis.measure.emissions.input_output.mrio import System, from_coefficients, from_flows
from carbonpolis.untrusted import json_of

_PARAMETERS = "file_parameters.json"


def read_system(folder: Path | str) -> System:
    """The system in a folder that pymrio's `save_all` wrote: Z and Y (or A and Y), and each extension with F or S.

    Raises BadInput naming the folder, file and table that is missing.
    """
    place = Path(folder)
    tables = _tables(place)
    if "Y" not in tables or not {"Z", "A"} & set(tables):
        raise BadInput([Fault(_PARAMETERS, 0, "files", ", ".join(tables) or "none", "tables Z and Y, or A and Y")])
    extensions = {each.name: _tables(each) for each in sorted(place.iterdir()) if (each / _PARAMETERS).is_file()}
    direct = {name: held["F_Y"] for name, held in extensions.items() if "F_Y" in held}
    demand = tables["Y"]
    if "Z" in tables:
        flows = {name: held["F"] for name, held in extensions.items() if "F" in held}
        return from_flows(tables["Z"], demand, flows, direct)
    return from_coefficients(
        tables["A"], demand, {n: held["S"] for n, held in extensions.items() if "S" in held}, direct
    )


def _tables(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables that matter, by pymrio's letters."""
    try:
        described = json_of((folder / _PARAMETERS).read_bytes())["files"]
    except (OSError, ValueError, KeyError) as problem:
        expected = f"a folder that pymrio saved, with {_PARAMETERS}"
        raise BadInput([Fault(str(folder.name), 0, "folder", str(problem), expected)]) from None
    missing = [each["name"] for each in described.values() if not (folder / each["name"]).is_file()]
    if missing:
        raise BadInput(
            [Fault(name, 0, "file", "no such file", f"a table that {_PARAMETERS} names") for name in missing]
        )
    wanted = {"Z", "Y", "A", "F", "F_Y", "S"} & set(described)
    if "Z" in wanted:
        wanted -= {"A"}
    if "F" in wanted:
        wanted -= {"S"}
    return {name: _table(folder / described[name]["name"], described[name]) for name in sorted(wanted)}


def _table(path: Path, described: dict[str, str]) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    index, header = int(described["nr_index_col"]), int(described["nr_header"])
    return pd.read_csv(path, sep="\t", index_col=list(range(index)), header=list(range(header)))
