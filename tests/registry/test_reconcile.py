"""One absorbed tonne is never counted in both the balance and a sale."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.ledger import Account, Purpose
from carbonpolis.registry import Adjustment, Batch, Plot, plot_years, read_boundary, reconcile

NAME = "CP-US-MSP-000123-FOR-2020"


def batch(kg: int = 1000, name: str = NAME, **more) -> Batch:
    return Batch(name, "US-MSP", "P", "forester", "forest", 2020, kg, 0, (), **more)


def at(city: str, purpose: Purpose, owner: str = "x", name: str = NAME) -> Account:
    return Account(city, owner, name, purpose)


def test_what_others_hold_or_used_comes_off_the_citys_removals():
    balances = {
        at("US-MSP", Purpose.AVAILABLE): 300,
        at("US-MSP", Purpose.RETIRED): 100,
        at("CA-EDM", Purpose.AVAILABLE): 200,
        at("CA-EDM", Purpose.RETIRED): 150,
        at("US-MSP", Purpose.EXPORTED): 50,
        at("US-MSP", Purpose.BUFFER): 200,
    }
    line = reconcile("US-MSP", 2020, 5000, [batch()], balances)
    assert (line.certified_kg, line.over_kg) == (1000, 0)
    assert (line.used_kg, line.sold_kg, line.exported_kg) == (100, 350, 50)
    assert (line.deduct_kg, line.countable_kg) == (500, 4500)
    assert line.steps[-1] == "left for the city's balance: 5.000 t - 0.500 t = 4.500 t, not below 0"


def test_more_units_than_the_inventory_knows_of_is_told():
    line = reconcile("US-MSP", 2020, 600, [batch()], {at("CA-EDM", Purpose.RETIRED): 1000})
    assert (line.over_kg, line.countable_kg) == (400, 0)
    assert "0.400 t more than the inventory knows of" in line.steps[1]


def test_a_corresponding_adjustment_gives_away_what_is_still_here():
    adjustment = Adjustment(NAME, "US-MSP", "committed", "pending", "CH", "letter", 400)
    balances = {at("US-MSP", Purpose.AVAILABLE): 300, at("CA-EDM", Purpose.AVAILABLE): 700}
    line = reconcile("US-MSP", 2020, 5000, [batch()], balances, {NAME: adjustment})
    assert (line.adjusted_kg, line.sold_kg, line.countable_kg) == (300, 700, 4000)


def test_other_years_classes_cities_and_imports_are_other_land():
    others = [
        batch(name="CP-US-MSP-000123-FOR-2019"),
        batch(name="CP-US-STP-000001-FOR-2020"),
        batch(name="CP-US-MSP-900001-FOR-2020", foreign_serial="x"),
    ]
    import dataclasses

    others[0] = dataclasses.replace(others[0], vintage=2019)
    others[1] = dataclasses.replace(others[1], city="US-STP")
    plant = dataclasses.replace(batch(name="CP-US-MSP-000124-DAC-2020"), sink_class="air_capture")
    assert reconcile("US-MSP", 2020, 100, [*others, plant], {}).certified_kg == 0


@given(
    st.integers(-1000, 5000),
    st.lists(st.tuples(st.sampled_from(["US-MSP", "CA-EDM"]), st.sampled_from([Purpose.AVAILABLE, Purpose.RETIRED,
             Purpose.EXPORTED, Purpose.BUFFER]), st.integers(1, 500)), max_size=12),
)  # fmt: skip
def test_no_tonne_counts_twice(removals, parts):
    balances: dict[Account, int] = {}
    for city, purpose, kg in parts:
        account = at(city, purpose)
        balances[account] = balances.get(account, 0) + kg
    line = reconcile("US-MSP", 2020, removals, [batch(sum(balances.values()) or 1)], balances)
    elsewhere = sum(kg for a, kg in balances.items() if a.city != "US-MSP" or a.purpose is Purpose.EXPORTED)
    assert line.sold_kg + line.exported_kg == elsewhere
    assert line.countable_kg + min(line.deduct_kg, max(0, removals)) == max(0, removals)


def square(x: float) -> str:
    ring = [[x, 0], [x + 0.01, 0], [x + 0.01, 0.01], [x, 0.01], [x, 0]]
    return read_boundary({"type": "Polygon", "coordinates": [ring]}).geojson


def test_a_plot_year_certified_twice_or_beyond_its_removal_is_found():
    one = (Plot("P", square(0), 2020, 2020), batch())
    other = (Plot("Q", square(0.005), 2020, 2020), batch(name="CP-US-MSP-000124-FOR-2020"))
    apart = (Plot("R", square(0.5), 2020, 2020), batch(name="CP-US-MSP-000125-FOR-2020"))
    assert plot_years([one, apart], {NAME: 1000}, 0.01) == []
    (found,) = plot_years([one, other, apart], {}, 0.01)
    assert (found.year, found.projects) == (2020, ("P", "Q"))
    (found,) = plot_years([one], {NAME: 999}, 0.01)
    assert found.why == "1.000 t issued, 0.999 t removed"


@pytest.mark.parametrize("removals", [-500, 0])
def test_land_that_emits_leaves_nothing_to_count(removals):
    assert reconcile("US-MSP", 2020, removals, [batch()], {}).countable_kg == 0
