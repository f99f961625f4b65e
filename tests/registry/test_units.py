"""Serial numbers: round trips, splits, and where every unit is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.ledger import Account, Purpose, Transfer, Why, post
from carbonpolis.ledger.rules import Refusal
from carbonpolis.registry import (
    CLASS_CODES,
    Batch,
    SerialRange,
    batch_id,
    check_digits,
    follow,
    is_batch,
    origin,
    parse_batch_id,
    trace,
)
from carbonpolis.registry.units import LARGEST_BATCH_KG, remainder_97

NAME = "CP-US-MSP-000123-FOR-2020"
LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
CODES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=3, max_size=3)
NAMES = st.builds(
    batch_id,
    st.builds("{}-{}".format, LETTERS, CODES),
    st.integers(1, 999_999),
    st.sampled_from(sorted(CLASS_CODES)),
    st.integers(1900, 2100),
)


@st.composite
def ranges(draw: st.DrawFn) -> SerialRange:
    ends = sorted(draw(st.tuples(st.integers(1, LARGEST_BATCH_KG), st.integers(1, LARGEST_BATCH_KG))))
    return SerialRange(draw(NAMES), *ends)


def batch(kg: int = 1000) -> Batch:
    return Batch(NAME, "US-MSP", "P", "forester", "forest", 2020, kg, 0, ())


def place(owner: str, purpose: Purpose = Purpose.AVAILABLE) -> Account:
    return Account("US-MSP", owner, NAME, purpose)


ISSUER = place("registry", Purpose.ISSUER)


def moves(story: str) -> list[Transfer]:
    """Lines `FROM -> TO  KG`; `registry` is the issuer."""
    named = {"registry": ISSUER}
    lines = [line.split() for line in story.splitlines() if line.strip()]
    return [
        Transfer(named.get(debit, place(debit)), named.get(credit, place(credit)), int(kg), Why.DELIVER)
        for debit, _, credit, kg in lines
    ]


def serials(story: str, kg: int = 1000) -> dict[str, list[tuple[int, int]]]:
    return {
        account.owner: [(each.start, each.end) for each in held]
        for account, held in trace(batch(kg), moves(story)).items()
    }


def test_the_printed_pattern_counts_both_ends():
    text = "CP-CN-SZX-000123-FOR-2024-000000001-000045000"
    found = SerialRange.parse(text)
    assert (found.batch, found.start, found.end, found.count) == ("CP-CN-SZX-000123-FOR-2024", 1, 45_000, 45_000)
    assert found.bare == text
    assert str(found) == f"{text}-{check_digits(text)}"


def test_a_batch_of_any_size_has_serials():
    """The Air Resources Board issued 14.9 million tonnes at once; what was printed with nine digits reads as before."""
    whole = SerialRange(NAME, 1, 14_900_000_000)
    assert whole.bare == f"{NAME}-000000001-14900000000"
    first, rest = whole.split(999_999_999)
    assert (first.bare, rest.bare) == (f"{NAME}-000000001-999999999", f"{NAME}-1000000000-14900000000")
    assert [SerialRange.parse(str(each)) for each in (whole, first, rest)] == [whole, first, rest]


@given(ranges())
def test_parse_and_print_round_trip(serials):
    assert SerialRange.parse(str(serials)) == serials


def test_check_digits_are_those_of_legal_entity_identifiers():
    """ISO 17442: the published identifier 5493001KJTIIGC8Y1R12 is 1 modulo 97 and ends in its own check digits."""
    assert remainder_97("5493001KJTIIGC8Y1R12") == 1
    assert check_digits("5493001KJTIIGC8Y1R") == "12"


@given(ranges(), st.data())
def test_one_wrong_character_is_caught(serials, data):
    text = str(serials)
    places = [place for place, character in enumerate(text) if character.isdigit()]
    place = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != text[place]]))
    with pytest.raises(ValueError):
        SerialRange.parse(text[:place] + other + text[place + 1 :])


@given(NAMES)
def test_a_batch_id_says_where_and_when_it_comes_from(name):
    parsed = parse_batch_id(name)
    assert str(parsed) == name
    assert batch_id(parsed.city, parsed.number, parsed.sink_class, parsed.vintage) == name
    assert origin(name) == parsed.city
    assert is_batch(name)


@given(ranges(), st.data())
def test_a_split_never_loses_or_makes_a_unit(serials, data):
    """A registry in use split 10 units into 6 and 6 (Chia-Network/cadt#475)."""
    if serials.count == 1:
        return
    units = data.draw(st.integers(1, serials.count - 1))
    first, rest = serials.split(units)
    assert (first.count, rest.count) == (units, serials.count - units)
    assert (first.start, first.end + 1, rest.end) == (serials.start, rest.start, serials.end)


@pytest.mark.parametrize("units", [0, -1, 10, 11])
def test_a_split_keeps_units_on_both_sides(units):
    with pytest.raises(ValueError, match="expected 1 to one less"):
        SerialRange(NAME, 1, 10).split(units)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "USD",
        "obligation/2020-03",
        NAME,
        f"{NAME}-000000002-000000001",
        f"{NAME}-000000000-000000001",
        f"{NAME}-1-2",
        f"{NAME}-0000000001-0000000002",
        f"{NAME}-000000001-1000000000000",
        "CP-US-MSP-000123-SEA-2020-000000001-000000002",
        f"{NAME}-000000001-000000002\n",
    ],
)
def test_anything_else_is_no_range(text):
    with pytest.raises(ValueError, match=r"no range|no batch id"):
        SerialRange.parse(text)


@pytest.mark.parametrize(
    "asset", ["USD", "advance", "debt", "obligation/2020-03", "CP-US-MSP-000123-SEA-2020", f"{NAME}x"]
)
def test_other_assets_are_no_batches(asset):
    assert not is_batch(asset)
    with pytest.raises(ValueError, match="no batch id"):
        origin(asset)


@pytest.mark.parametrize(
    "parts",
    [
        ("MSP", 1, "forest", 2020),
        ("US-MSP", 0, "forest", 2020),
        ("US-MSP", 10**6, "forest", 2020),
        ("US-MSP", 1, "sea", 2020),
        ("US-MSP", 1, "forest", 20200),
    ],
)
def test_what_does_not_fit_the_pattern_gets_no_serial(parts):
    with pytest.raises(ValueError):
        batch_id(*parts)


def test_the_lowest_serials_leave_first_and_meet_again_in_one_range():
    assert serials("""
        registry -> forester   1000
        forester -> mill        300
        forester -> bakery      200
        mill     -> bakery      100
        bakery   -> forester    300
    """) == {"forester": [(1, 100), (301, 1000)], "mill": [(101, 300)]}


def test_each_transfer_tells_which_serials_it_moved():
    moved = [
        [(each.start, each.end) for each in leaving]
        for _, leaving, _ in follow(batch(), moves("registry -> forester 1000\nforester -> mill 300"))
    ]
    assert moved == [[(1, 1000)], [(1, 300)]]


def test_transfers_of_other_assets_are_passed_over():
    money = Transfer(
        Account("US-MSP", "mill", "USD", Purpose.AVAILABLE),
        Account("US-MSP", "forester", "USD", Purpose.AVAILABLE),
        5,
        Why.PAY,
    )
    assert trace(batch(), [money]) == {ISSUER: [SerialRange(NAME, 1, 1000)]}


OWNERS = ["forester", "mill", "bakery", "resident"]


@given(
    st.integers(1, 5000),
    st.lists(st.tuples(st.sampled_from(OWNERS), st.sampled_from(OWNERS), st.integers(1, 2000)), max_size=40),
)
def test_every_serial_is_in_exactly_one_place_and_places_agree_with_the_ledger(issued, wishes):
    balances: dict[Account, int] = {}
    posted: list[Transfer] = []
    for debit, credit, kg in [("registry", "forester", issued), *wishes]:
        if debit == credit:
            continue
        transfer = Transfer(ISSUER if debit == "registry" else place(debit), place(credit), kg, Why.DELIVER)
        after = post(balances, (transfer,))
        if not isinstance(after, Refusal):
            balances |= after
            posted.append(transfer)
    found = trace(batch(issued), posted)
    every = sorted(serial for held in found.values() for each in held for serial in range(each.start, each.end + 1))
    assert every == list(range(1, issued + 1))
    assert {account: sum(each.count for each in held) for account, held in found.items()} == {
        account: kg for account, kg in balances.items() if kg > 0
    }
