"""The catalogue: every indicator as data, from catalogue.csv, catalogue_domains.csv and a person's own files."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from carbonpolis.data import table
from carbonpolis.errors import BadInput, Fault
from carbonpolis.indicators.formula import Formula

COLUMNS = (
    "symbol",
    "name",
    "name_zh",
    "pillar",
    "unit",
    "scored_form",
    "scored_unit",
    "direction",
    "formula",
    "missing",
    "low",
    "high",
    "ambiguity",
    "source",
    "inputs",
    "expression",
)
MAY_BE_EMPTY = ("name_zh", "ambiguity")
MISSING_RULES = ("M0", "M1", "M2", "M3", "M4")
OWN_WORDS = ("no platform is 0",)  # a rule of one indicator that is no code


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator.

    unit: of the value; scored_form, scored_unit: the intensive form that enters the score. direction: +1 more is
    better, -1 less is. formula: in words of the field. inputs, expression: what the scored form is computed from, each
    with its unit, and how. missing: rule codes of the operational definitions. low, high: ordinary range of the scored
    form, for warnings. ambiguity: where the paper can be read two ways, and how it is read.
    """

    symbol: str
    name: str
    name_zh: str
    pillar: str
    unit: str
    scored_form: str
    scored_unit: str
    direction: int
    formula: str
    missing: str
    low: float
    high: float
    ambiguity: str
    source: str
    inputs: Mapping[str, str]
    expression: str

    def compiled(self) -> Formula:
        """The expression, checked for units. Raises ValueError if it doesn't hold."""
        return Formula.parse(self.expression, self.inputs, self.scored_unit)

    def evaluate(self, frame: pd.DataFrame) -> pd.Series[float]:
        """The scored form of cities. frame: index city, a column an input, in its unit; NaN for missing.

        Raises ValueError for an input that is no column.
        """
        formula = self.compiled()
        absent = [name for name in self.inputs if name not in frame]
        if absent:
            raise ValueError(f"{self.symbol} needs the column {', '.join(absent)}")
        return pd.Series(formula(**{name: frame[name] for name in self.inputs}), index=frame.index, name=self.symbol)


@cache
def load() -> tuple[Indicator, ...]:
    """The seventeen, in the order of the table."""
    return tuple(_indicator(row) for row in table("catalogue"))


@cache
def domains() -> tuple[Indicator, ...]:
    """The eleven of the domains: energy, transport, buildings, nature, and emissions per head."""
    return tuple(_indicator(row) for row in table("catalogue_domains"))


@dataclass(frozen=True, slots=True)
class Form:
    """One of the forms that an indicator can be computed in. column: under which it stands beside the others in a
    frame, the symbol alone for the default. what, formula: in words; missing: rule codes."""

    symbol: str
    form: str
    default: bool
    column: str
    what: str
    formula: str
    missing: str
    source: str


@cache
def forms() -> tuple[Form, ...]:
    """The forms of the indicators that have more than one, the default of each first."""
    return tuple(
        Form(
            symbol=row["symbol"],
            form=row["form"],
            default=row["default"] == "yes",
            column=row["column"],
            what=row["what"],
            formula=row["formula"],
            missing=row["missing"],
            source=row["source"],
        )
        for row in table("catalogue_forms")
    )


def form(symbol: str, name: str = "") -> Form:
    """A form of an indicator by its name, its default without one. Raises ValueError that lists them."""
    known = [each for each in forms() if each.symbol == symbol]
    found = next((each for each in known if (each.form == name if name else each.default)), None)
    if found is None:
        there = ", ".join(each.form for each in known) or "one form only"
        raise ValueError(f"{symbol} has no form {name!r}; it has {there}")
    return found


def everything(*own: Path) -> tuple[Indicator, ...]:
    """The seventeen, the eleven, and those of a person's own files (CSV with COLUMNS).

    Raises BadInput naming every fault of the files: a column that is not there, a field that is empty or no number, a
    symbol taken, a direction, range or missing rule that can't be, a formula that isn't safe or doesn't fit its unit.
    """
    found = [*load(), *domains()]
    for path in own:
        found += _read(path, {each.symbol for each in found})
    return tuple(found)


def inputs_of(text: str) -> dict[str, str]:
    """Inputs from "direct [t CO2e/year]; population [person]". Raises ValueError if it isn't of this shape."""
    found: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in text.split(";"))):
        matched = re.fullmatch(r"([a-z][a-z0-9_]*)\s*\[([^\]]*)\]", part)
        if not matched:
            raise ValueError(f"{part!r}; expected name [unit], with ; between")
        found[matched[1]] = matched[2]
    return found


def _indicator(row: Mapping[str, str]) -> Indicator:
    texts = {name: row[name] for name in COLUMNS if name not in {"direction", "low", "high", "inputs"}}
    return Indicator(
        **texts,
        direction=int(row["direction"]),
        low=float(row["low"]),
        high=float(row["high"]),
        inputs=inputs_of(row["inputs"]),
    )


def _read(path: Path, taken: Iterable[str]) -> list[Indicator]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput([Fault(str(path), 0, "file", str(problem), "a CSV file in UTF-8")]) from None
    reader = csv.DictReader(lines)
    absent = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if absent:
        raise BadInput([Fault(path.name, 1, ", ".join(absent), "", "these columns", "Add them to the first row.")])
    seen, faults, found = set(taken), list[Fault](), list[Indicator]()
    rows = list(reader)
    for number, row in enumerate(rows, start=2):
        wrong = list(_faults(path.name, number, row, seen))
        seen.add(row["symbol"])
        faults += wrong
        if not wrong:
            found.append(_indicator(row))
    if faults:
        raise BadInput(faults, rows=len(rows))
    return found


def _faults(file: str, number: int, row: Mapping[str, str], taken: set[str]) -> Iterable[Fault]:
    before = 0
    for name in COLUMNS:
        if not (row[name] or "").strip() and name not in MAY_BE_EMPTY:
            before += 1
            yield Fault(file, number, name, "", "a value")
    if before:
        return
    if row["symbol"] in taken or not row["symbol"].isidentifier():
        yield Fault(file, number, "symbol", row["symbol"], "a symbol of letters and digits that is not taken")
    if row["direction"] not in {"1", "-1"}:
        yield Fault(file, number, "direction", row["direction"], "1 (more is better) or -1")
    try:
        if not float(row["low"]) < float(row["high"]):
            yield Fault(file, number, "low", row["low"], f"less than high, which is {row['high']}")
    except ValueError:
        yield Fault(file, number, "low, high", f"{row['low']}, {row['high']}", "numbers")
    if row["missing"] not in OWN_WORDS and not set(row["missing"].split()) <= set(MISSING_RULES):
        yield Fault(file, number, "missing", row["missing"], f"rules out of {', '.join(MISSING_RULES)}")
    try:
        Formula.parse(row["expression"], inputs_of(row["inputs"]), row["scored_unit"])
    except ValueError as problem:
        yield Fault(file, number, "expression", row["expression"], f"a formula that holds; {problem}")
