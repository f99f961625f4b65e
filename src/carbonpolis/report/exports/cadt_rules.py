"""What the Climate Action Data Trust takes and refuses, field by field, so that an export is mended before it is sent.

Sources: data/cad_trust_fields.csv and data/cad_trust_values.csv, each row with its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from urllib.parse import urlsplit
from uuid import UUID

from carbonpolis.data import table
from carbonpolis.report.exports.disclosure import countries

Row = Mapping[str, str]


@cache
def fields(name: str) -> dict[str, dict[str, str]]:
    """The fields of one of the trust's tables, by name."""
    return {row["field"]: row for row in table("cad_trust_fields") if row["table"] == name}


@cache
def values(picklist: str) -> frozenset[str]:
    """The values of one of the trust's picklists."""
    if picklist == "location_country":
        return frozenset(name for _, name, _ in countries().values())
    return frozenset(row["value"] for row in table("cad_trust_values") if row["picklist"] == picklist)


def refusals(tables: Mapping[str, Sequence[Row]]) -> list[str]:
    """What the trust would refuse of an export, each in one sentence; empty when it takes all of it.

    Row by row: required fields, picklists, lengths, dates, addresses, keys; and of units that a block's count is its
    tonnes, that no tonne of an issuance is told twice.
    """
    found = list(dict.fromkeys(sentence for name, rows in tables.items() for sentence in _of_table(name, rows)))
    return found + list(_blocks(tables.get("unit", ())))


def _of_table(name: str, rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        for field, rule in fields(name).items():
            value = row.get(field, "")
            why_not = "is missing" if rule["required"] == "yes" and not value else _wrong(rule, value) if value else ""
            if why_not:
                yield f"{name}, {field}: {value!r} {why_not}" if value else f"{name}, {field} {why_not}"


def _wrong(rule: Row, value: str) -> str:
    """Why a value does not fit its field; empty when it does."""
    kind, longest = rule["kind"], rule["longest"]
    if longest and len(value) > int(longest):
        return f"is longer than {longest} characters"
    if kind == "list":
        return _listed(rule, value)
    if kind == "picklist" and value not in values(rule["picklist"]):
        if rule["picklist"] == "body":
            return "is none of the trust's bodies; ask it to add this one"
        return f"is none of {', '.join(sorted(values(rule['picklist'])))}"
    return "" if kind in ("text", "picklist") or _reads(kind, value) else f"is no {kind}"


def _listed(rule: Row, value: str) -> str:
    try:
        given = json.loads(value)
    except json.JSONDecodeError:
        given = None
    if not isinstance(given, list) or not given:
        return "is no list; the trust takes one even for a single value"
    strange = [each for each in given if each not in values(rule["picklist"])]
    return f"is none of {', '.join(sorted(values(rule['picklist'])))}" if strange else ""


def _reads(kind: str, value: str) -> bool:
    try:
        if kind == "date":
            date.fromisoformat(value)
        elif kind == "uuid":
            UUID(value)
        elif kind == "year":
            return 1900 <= int(value) <= 2100
        elif kind == "count":
            return float(value) >= 0
        else:
            parts = urlsplit(value)
            return bool(parts.scheme and parts.netloc)
    except ValueError:
        return False
    return True


def _blocks(units: Sequence[Row]) -> Iterator[str]:
    told: dict[str, list[tuple[int, int]]] = {}
    for row in units:
        start, end = int(row["unitStartBlock"]), int(row["unitEndBlock"])
        if float(row["unitCount"]) != end - start + 1:
            yield f"unit, unitCount: {row['unitCount']} for blocks {start} to {end}"
        told.setdefault(row["cadTrustIssuanceId"], []).append((start, end))
    for issuance, ranges in told.items():
        ordered = sorted(ranges)
        if any(one[1] >= other[0] for one, other in pairwise(ordered)):
            yield f"unit: a tonne of issuance {issuance} is told twice"
