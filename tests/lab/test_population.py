"""The behaviour of the sample: exact sums, the same numbers again, within the stated ranges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.lab import population
from carbonpolis.market.settlement import cost
from carbonpolis.market.venue.settings import default_venue
from carbonpolis.measure.sinks import levelised_cost
from carbonpolis.period import Month, months_of

VENUE = default_venue()
MARCH = Month(2020, 3)


@given(st.integers(0, 10**13), st.text(max_size=8), st.integers(0, 99), st.floats(-60, 70))
def test_twelve_months_are_the_year(yearly_kg: int, emitter: str, seed: int, latitude: float):
    months = population.monthly_emissions(emitter, 2020, yearly_kg, seed=seed, latitude=latitude)
    assert len(months) == 12
    assert sum(months) == yearly_kg
    assert min(months) >= 0


def test_winter_is_in_july_south_of_the_equator():
    north = np.mean([population.monthly_emissions(f"e{i}", 2020, 10**9, seed=1) for i in range(200)], axis=0)
    south = np.mean(
        [population.monthly_emissions(f"e{i}", 2020, 10**9, seed=1, latitude=-33.0) for i in range(200)], axis=0
    )
    assert (int(north.argmax()), int(south.argmax())) == (0, 6)


def test_any_step_alone_gives_the_same_numbers():
    year = [population.bids("mill", month, 90_000, 10**9, venue=VENUE, seed=7) for month in months_of(2020)]
    assert population.bids("mill", MARCH, 90_000, 10**9, venue=VENUE, seed=7) == year[2]
    assert population.bids("mill", MARCH, 90_000, 10**9, venue=VENUE, seed=8) != year[2]
    assert len({steps[0][1] for steps in year}) > 1


def test_bids_cover_the_need_dearest_first():
    steps = population.bids("mill", MARCH, 90_001, 10**9, venue=VENUE, seed=7)
    assert sum(lots for lots, _ in steps) == 91
    assert [price for _, price in steps] == sorted((price for _, price in steps), reverse=True)
    assert population.bids("mill", MARCH, 0, 10**9, venue=VENUE, seed=7) == ()


@given(st.integers(0, 10**7), st.integers(0, 10**6))
def test_nobody_bids_more_than_it_has(need_kg: int, cash: int):
    steps = population.bids("mill", MARCH, need_kg, cash, venue=VENUE, seed=7)
    assert sum(cost(lots, price, VENUE) for lots, price in steps) <= cash


@given(st.integers(0, 10**9), st.integers(0, 9_999))
def test_as_many_lots_as_the_money_allows(cash: int, price: int):
    lots = population.affordable_lots(cash, price, VENUE)
    assert cost(lots, price, VENUE) <= cash
    assert not price or cost(lots + 1, price, VENUE) > cash


def test_willingness_is_centred_on_the_reference():
    levels = [population.willingness(f"e{i}", Month(2020, 1), seed=3) for i in range(2_000)]
    assert float(np.median(levels)) == pytest.approx(population.reference_price(), rel=0.05)


def test_sellers_spread_the_year_and_empty_it_in_december():
    for month, lots in ((1, 10), (12, 120)):
        steps = population.asks("f", "P", "forest", Month(2020, month), 120_000, venue=VENUE, seed=7)
        assert sum(part for part, _ in steps) == lots
        assert [price for _, price in steps] == sorted(price for _, price in steps)


def test_opening_money_pays_for_the_year():
    money = population.opening_money("mill", 2020, 1_000_000, venue=VENUE, seed=7)
    steps = population.bids("mill", Month(2020, 12), 1_000_000, money, venue=VENUE, seed=7)
    assert sum(lots for lots, _ in steps) == 1_000


@pytest.mark.parametrize(
    "sink_class", ["forest", "urban_trees", "wetland", "soil", "biochar", "geological", "air_capture"]
)
def test_costs_level_out_to_the_unit_cost(sink_class: str):
    costs = population.sink_cost("P-1", sink_class, 250.0, venue=VENUE, seed=7)
    unit = population.unit_cost("P-1", sink_class, seed=7)
    stated = {row.parameter: float(row.value) for row in population.assumptions() if row.unit in ("1/year", "years")}
    years, rate = int(stated["cost_years"]), stated["discount_rate"]
    spent, removed = [costs.initial, *[costs.yearly] * years], [0.0, *[250.0] * years]
    assert levelised_cost(spent, removed, rate=rate) == pytest.approx(unit, rel=1e-3)
    assert levelised_cost(spent, removed, rate=rate, buffer=0.2) == pytest.approx(unit / 0.8, rel=1e-3)
    assert 500 <= unit <= 30_000


def test_a_class_without_a_range_is_named():
    with pytest.raises(ValueError, match=r"cost/magic.*cost/forest"):
        population.unit_cost("P-1", "magic", seed=7)


def test_every_assumption_says_why_and_whence():
    rows = population.assumptions()
    assert all(row.why and row.source for row in rows)
    value = {row.parameter: row.value for row in rows}
    in_cents = 100 * float(value["nzd_price_2020"]) * float(value["usd_per_nzd"])
    assert population.reference_price() == round(in_cents)


def test_nothing_emitted_below_zero():
    with pytest.raises(ValueError, match="expected 0 or more"):
        population.monthly_emissions("mill", 2020, -1, seed=1)
    assert population.seed() == 2020
