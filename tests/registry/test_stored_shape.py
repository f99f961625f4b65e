"""Every entity survives the store: to plain values, to JSON text, and back, unchanged."""

from __future__ import annotations

import json
from datetime import date

import msgspec
import pytest

from carbonpolis.ledger import Account, Purpose
from carbonpolis.registry import City, holdings, retire


def events(forest) -> list[object]:
    report, opinion, project = forest.verified()
    batch, issued = forest.issued().events
    balances = {Account("US-MSP", "mill", batch.id, Purpose.AVAILABLE): 5}
    (record,) = retire(
        "US-MSP",
        "mill",
        3,
        holdings(balances, "US-MSP", "mill"),
        id="R",
        beneficiary="Mill",
        purpose="test",
        period="2020",
        at=date(2020, 4, 1),
    ).events
    cities = [
        City("US-MSP", "Minneapolis", "US", 44.98, -93.27, 429_606, 2020, 139.8, gdp, None, "zone", "Census")
        for gdp in (None, 1.5)
    ]
    return [*cities, forest.verifier, forest.owner, project, issued, report, opinion, batch, record]


@pytest.mark.parametrize("number", range(10))
def test_an_entity_comes_back_from_json_as_it_was(forest, number):
    event = events(forest)[number]
    plain = msgspec.to_builtins(event)
    assert msgspec.convert(json.loads(json.dumps(plain)), type(event)) == event
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
    assert isinstance(event.id, str)
    assert isinstance(event.city, str)
