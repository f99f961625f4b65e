"""The equations of IPCC 2006/2019 volume 4 as plain functions: symbols, units, signs, and worked figures."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.measure import Estimate, sinks
from carbonpolis.measure.sinks import biomass, soil

amounts = st.floats(0.0, 1e4)
ratios = st.floats(0.0, 1.5)
fractions = st.floats(0.01, 1.0)


def test_gain_of_a_forest_eq_2_9_and_2_10():
    """1,000 ha, 4.0 t d.m./ha/year, R 0.40, CF 0.47: 1000 x 4.0 x 1.4 x 0.47 = 2,632 t C/year."""
    assert sinks.g_total(4.0, 0.4) == pytest.approx(5.6)
    assert sinks.carbon_gain(1000.0, 5.6, 0.47) == pytest.approx(2632.0)
    assert sinks.gain_loss(1000.0, 4.0, 0.4, 0.47) == pytest.approx(2632.0)


def test_gain_from_volumes_eq_2_10_tier_2():
    """6 m3/ha/year, BCEF_I 0.6, R 0.29: 6 x 0.6 x 1.29 = 4.644 t d.m./ha/year."""
    assert sinks.g_total_from_increment(6.0, 0.6, 0.29) == pytest.approx(4.644)


def test_losses_eq_2_12_to_2_14():
    """500 m3 felled, BCEF_R 1.11, R 0.29, CF 0.47; 100 m3 of whole trees and 50 m3 of branches at 0.45 t/m3 as fuel;
    10 ha with 120 t d.m./ha of which 30 % is lost."""
    felled = sinks.wood_removals(500.0, 1.11, 0.29, 0.47)
    fuel = sinks.fuelwood(100.0, 50.0, 1.11, 0.29, 0.45, 0.47)
    burnt = sinks.disturbance(10.0, 120.0, 0.29, 0.47, 0.3)
    assert felled == pytest.approx(500 * 1.11 * 1.29 * 0.47)
    assert fuel == pytest.approx((100 * 1.11 * 1.29 + 50 * 0.45) * 0.47)
    assert burnt == pytest.approx(10 * 120 * 1.29 * 0.47 * 0.3)
    lost = sinks.carbon_loss(felled, fuel, burnt)
    assert lost == pytest.approx(felled + fuel + burnt)
    assert sinks.biomass_balance(2632.0, lost) == pytest.approx(2632.0 - lost)
    assert sinks.gain_loss(1000.0, 4.0, 0.4, 0.47, lost) == pytest.approx(2632.0 - lost)


def test_stock_from_volume_eq_2_8_and_its_difference_eq_2_5():
    """100 ha, 150 then 165 m3/ha in 5 years, BCEF_S 1.05, R 0.23, CF 0.47."""
    then, now = (sinks.biomass_stock(100.0, v, 1.05, 0.23, 0.47) for v in (150.0, 165.0))
    assert then == pytest.approx(100 * 150 * 1.05 * 1.23 * 0.47)
    assert sinks.stock_difference(then, now, 2015, 2020) == pytest.approx((now - then) / 5)
    assert sinks.stock_difference(now, then, 2015, 2020) < 0, "a shrinking stock is a source"


def test_land_converted_eq_2_15_and_2_16():
    """Grassland of 6 t d.m./ha cleared on 10 ha, trees gain 20 t C: -28.2 t C by conversion, -8.2 in all."""
    cleared = sinks.conversion(0.0, 6.0, 10.0, 0.47)
    assert cleared == pytest.approx(-28.2)
    assert sinks.land_conversion(20.0, cleared, 0.0) == pytest.approx(-8.2)


def test_expansion_from_its_two_parts():
    assert sinks.bcef(1.4, 0.45) == pytest.approx(0.63)


def test_a_fire_eq_2_27():
    """10 ha, 50 t d.m./ha, C_f 0.45, 4.7 g CH4/kg: 1.0575 t CH4."""
    assert biomass.fire(10.0, 50.0, 0.45, 4.7) == pytest.approx(1.0575)


def test_dead_matter_eq_2_19_and_2_23():
    assert biomass.dead_matter_difference(10.0, 20.0, 24.0, 4.0, 0.5) == pytest.approx(5.0)
    assert biomass.dead_matter_conversion(13.0, 3.0, 10.0) == pytest.approx(5.0), "100 t C over 20 years"
    litter = biomass.dead_matter_conversion(sinks.parameter("litter", "temperate_mountain_system"), 0.0, 10.0)
    assert litter.mean == pytest.approx(3.7 * 10 / 20) and litter.unit == "t C/year"


def test_cropland_example_of_ipcc_2006_vol_4_ch_5():
    """Warm temperate moist, Mollisols, SOC_ref 88: 58.78 Mt C on 0.4 Mha at low and 0.6 Mha at medium input, full
    tillage (F_LU 0.69, F_I 0.92); at the end 0.2 Mha full tillage and low input, 0.7 reduced (1.08),
    0.1 no-till (1.15), medium input: 64.06 Mt C; 0.264 Mt C a year. Section 5.2.3.4 as remembered;
    the sums are checked here.
    """
    ref, lu = 88.0, 0.69
    before = sum(sinks.soil_carbon(a, ref, lu, 1.0, fi) for a, fi in ((0.4e6, 0.92), (0.6e6, 1.0)))
    after = sum(
        sinks.soil_carbon(a, ref, lu, mg, fi) for a, mg, fi in ((0.2e6, 1, 0.92), (0.7e6, 1.08, 1), (0.1e6, 1.15, 1))
    )
    assert before / 1e6 == pytest.approx(58.78, abs=0.005)
    assert after / 1e6 == pytest.approx(64.06, abs=0.005)
    assert sinks.soil_change(after, before) / 1e6 == pytest.approx(0.264, abs=0.0005)


def test_drained_peat_loses_eq_2_26():
    assert soil.organic_soil(100.0, 7.9) == pytest.approx(790.0)


def test_estimates_go_through_every_equation_and_keep_their_unit():
    """Relative variances add (vol. 1 eq. 3.1): 10 % of growth, 20 % of 1 + R at R = 0.25 +- 0.25."""
    gw, r = Estimate(4.0, 0.4, "t d.m./ha/year"), Estimate(0.25, 0.25, "")
    gain = sinks.gain_loss(100.0, gw, r, 0.5)
    assert gain.unit == "t C/year" and gain.mean == pytest.approx(250.0)
    assert gain.sd / gain.mean == pytest.approx(math.hypot(0.1, 0.2))
    stocks = (Estimate(1000.0, 30.0, "t C"), Estimate(1300.0, 40.0, "t C"))
    change = sinks.stock_difference(*stocks, 0.0, 5.0)
    assert (change.mean, change.sd, change.unit) == (pytest.approx(60.0), pytest.approx(10.0), "t C/year")
    kept = sinks.biomass_balance(gain, 50.0)
    assert kept.mean == pytest.approx(200.0) and kept.sd == gain.sd
    soc = sinks.soil_carbon(1.0, Estimate(80.0, 8.0, "t C/ha"), 1.0, Estimate(1.1, 0.0, ""), 1.0)
    assert (soc.mean, soc.sd, soc.unit) == (pytest.approx(88.0), pytest.approx(8.8), "t C")
    assert sinks.soil_change(soc, 80.0).mean == pytest.approx(0.4)


@given(st.lists(amounts, min_size=1, max_size=8), st.floats(0.0, 20.0), ratios, fractions)
def test_areas_that_are_split_gain_what_the_whole_gains(areas: list[float], gw: float, r: float, cf: float):
    parts = sinks.gain_loss(np.array(areas), gw, r, cf)
    assert np.sum(parts) == pytest.approx(sinks.gain_loss(sum(areas), gw, r, cf), rel=1e-9, abs=1e-9)
    assert sinks.gain_loss(0.0, gw, r, cf) == 0.0


@given(amounts, amounts, st.floats(0.1, 100.0))
def test_a_difference_turns_its_sign_with_time_turned(one: float, other: float, years: float):
    forth = sinks.stock_difference(one, other, 0.0, years)
    assert forth == pytest.approx(-sinks.stock_difference(other, one, 0.0, years))


REFUSED = [
    (sinks.gain_loss, (-1.0, 4.0, 0.4, 0.47), r"eq. 2.9: area is -1.0; expected 0 or more ha"),
    (sinks.gain_loss, (1.0, math.nan, 0.4, 0.47), r"eq. 2.10: gw is nan; expected -100 to 200 t d.m./ha/year"),
    (sinks.gain_loss, (1.0, 4.0, -0.4, 0.47), r"eq. 2.10: r is -0.4; expected 0 to 10"),
    (sinks.gain_loss, (1.0, 4.0, 0.4, 47), r"eq. 2.9: cf is 47.0; expected 0 to 1"),
    (sinks.gain_loss, (1.0, 4.0, 0.4, 0.47, -5.0), r"eq. 2.7: dc_l is -5.0; expected 0 or more t C/year"),
    (sinks.wood_removals, ("many", 1.0, 0.2, 0.5), r"eq. 2.12: h is 'many'; expected a number in m3/year"),
    (sinks.disturbance, (1.0, 100.0, 0.2, 0.5, 1.5), r"eq. 2.14: fd is 1.5; expected 0 to 1"),
    (sinks.stock_difference, (1.0, 2.0, 5.0, 5.0), r"eq. 2.5: t2 - t1 is 0.0"),
    (sinks.soil_carbon, (1.0, 88.0, -0.7, 1.0, 1.0), r"eq. 2.25: f_lu is -0.7; expected 0 to 5"),
    (sinks.bcef, (1.4, 450.0), r"box 2.2: d is 450.0; expected 0 to 2 t d.m./m3"),
]


@pytest.mark.parametrize(("equation", "given_", "told"), REFUSED, ids=lambda each: getattr(each, "__name__", ""))
def test_what_cannot_be_is_refused_with_name_value_range_and_unit(equation, given_, told):
    with pytest.raises(ValueError, match=told):
        equation(*given_)


def test_in_an_array_the_first_fault_is_told_with_its_place():
    with pytest.raises(ValueError, match=r"area is -3.0 at position 1 and 1 more; expected 0 or more ha"):
        sinks.carbon_gain(np.array([1.0, -3.0, -4.0]), 4.0, 0.47)


def test_an_estimate_is_held_to_the_same_range_as_a_number():
    with pytest.raises(ValueError, match=r"cf is 1.5"):
        sinks.carbon_gain(1.0, 4.0, Estimate(1.5, 0.1, ""))


@pytest.mark.parametrize("name", [n for n, f in inspect.getmembers(biomass, inspect.isfunction) if n[0] != "_"])
def test_every_equation_names_its_number(name: str):
    told = inspect.getdoc(getattr(biomass, name)) or ""
    assert "2." in told or name in ("one_plus", "within")
