"""A person's own venue: rules and values from a .toml, .csv or .xlsx file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from carbonpolis.errors import BadInput, Fault
from carbonpolis.market.venue.rows import misfits, venue_from
from carbonpolis.market.venue.settings import Venue
from carbonpolis.platform.intake.files import read_rows
from carbonpolis.untrusted import Malformed, toml_of

RULE, VALUE = "rule", "value"


def read_venue(path: Path, base: Venue) -> Venue:
    """The venue of a file; what it leaves out is as `base`. Raises BadInput with every fault.

    A table has the columns rule and value (others, as those of data/market_rules.csv, are passed over); TOML has a line
    a rule, with text, whole numbers, days, or lists of them.
    """
    stated = _toml(path) if path.suffix.lower() == ".toml" else _table(path)
    rows = {rule: value for rule, (_, value) in stated.items()}
    faults = [
        Fault(path.name, stated[each.rule][0] if each.rule in stated else 0, each.rule, each.found, each.expected)
        for each in misfits(rows, base)
    ]
    if faults:
        raise BadInput(sorted(faults, key=lambda fault: fault.row), rows=len(rows))
    return venue_from(rows, base)


def _table(path: Path) -> dict[str, tuple[int, str]]:
    """Row and value by rule."""
    read = read_rows(path)
    absent = [name for name in (RULE, VALUE) if name not in read.header]
    faults = [Fault(path.name, 1, name, ", ".join(read.header), "a column of that name") for name in absent]
    found: dict[str, tuple[int, str]] = {}
    for number, row in read.rows if not absent else []:
        rule = row[RULE].strip()
        if rule in found:
            expected = f"each rule once; it stands in row {found[rule][0]} already"
            faults.append(Fault(path.name, number, RULE, rule, expected, "Take one out."))
        found[rule] = number, row[VALUE]
    if faults:
        raise BadInput(faults, rows=len(read.rows))
    return found


def _toml(path: Path) -> dict[str, tuple[int, str]]:
    try:
        document = toml_of(path.read_text(encoding="utf-8-sig"))
    except OSError as problem:
        raise BadInput([Fault(path.name, 0, "file", str(path), f"a file to read ({problem.strerror})")]) from None
    except (Malformed, UnicodeDecodeError) as problem:
        raise BadInput([Fault(path.name, 0, "file", str(problem), "TOML in UTF-8, such as `tax = 100`")]) from None
    odd = [name for name, value in document.items() if not _plain(value)]
    if odd:
        expected = "text, a whole number, a day, or a list of them"
        raise BadInput([Fault(path.name, 0, name, str(document[name]), expected) for name in odd])
    return {name: (0, _text(value)) for name, value in document.items()}


def _plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(_plain(each) and not isinstance(each, list) for each in value)
    return isinstance(value, str | int | date) and not isinstance(value, bool)


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
