"""Sourced tables that come with the package, and their one reader, which refuses a row without a source."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from carbonpolis.errors import BadInput, Fault


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a packaged table, such as `table("sample/cities")`, as text.

    Raises BadInput naming every row that states no source.
    """
    text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    rows = tuple(csv.DictReader(text.splitlines()))
    remedy = "Every figure in the product says where it comes from: name the document and its table."
    faults = [
        Fault(f"{name}.csv", number, "source", row.get("source") or "", "a source", remedy)
        for number, row in enumerate(rows, start=2)
        if not (row.get("source") or "").strip()
    ]
    if faults:
        raise BadInput(faults, rows=len(rows))
    return rows
