"""A decision tells what it made by its kind, not by its place."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from carbonpolis.ledger import Decision


@dataclass(frozen=True, slots=True)
class Loaf:
    id: str
    city: str = "DE-BER"


@dataclass(frozen=True, slots=True)
class Crumb:
    id: str
    city: str = "DE-BER"


BAKED = Decision(events=(Crumb("c1"), Loaf("l"), Crumb("c2")))


def test_the_only_one_of_a_kind_is_found_wherever_it_stands():
    assert BAKED.one(Loaf) == Loaf("l")
    assert Decision(events=(Loaf("first"), *(Crumb(str(n)) for n in range(5)))).one(Loaf).id == "first"


def test_those_of_a_kind_come_in_their_order():
    assert [each.id for each in BAKED.of(Crumb)] == ["c1", "c2"]


def test_one_of_many_or_of_none_is_our_fault_unless_another_is_named():
    with pytest.raises(AssertionError, match="2 events of the kind Crumb"):
        BAKED.one(Crumb)
    with pytest.raises(AssertionError, match="0 events of the kind Loaf"):
        Decision().one(Loaf)
    assert Decision().one(Loaf, Loaf("yesterday")).id == "yesterday"
