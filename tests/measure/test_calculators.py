"""Calculators by the equations of the IPCC's guidelines (2006, unless the 2019 refinement is named) and the GPC.

Each expectation is worked out here from the equation that its test names, with the defaults of the table it names.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from carbonpolis.measure import emissions
from carbonpolis.measure.emissions.calculators import agriculture, energy, industry, transport, waste
from carbonpolis.measure.emissions.calculators.parameters import parameter, parameters


def close(value: object) -> object:
    return pytest.approx(value, rel=1e-9)


class TestEnergy:
    def test_combustion_eq_2_1(self) -> None:
        # 1 TJ of natural gas: 56 100 kg CO2 (vol. 2 ch. 2 table 2.2), which is 15.3 kg C/GJ (ch. 1 table 1.3) x 44/12.
        assert float(energy.combustion(1.0, 56_100.0)) == 56_100.0
        assert float(energy.carbon_factor(15.3)) == close(56.1)

    @pytest.mark.parametrize(
        ("fuel", "kg_per_gj"),
        [
            ("natural gas", 56.1), ("diesel", 74.1), ("gasoline", 69.3), ("fuel oil", 77.4), ("LPG", 63.1),
            ("coal", 94.6), ("lignite", 101.0), ("anthracite", 98.3), ("jet kerosene", 71.5), ("coke", 107.0),
        ],
    )  # fmt: skip
    def test_co2_of_the_fuels_of_table_1_4(self, fuel: str, kg_per_gj: float) -> None:
        """Vol. 2 ch. 1 table 1.4 (kg/TJ / 1000), which follows from the carbon contents of table 1.3."""
        table = emissions.factors_table("stationary")
        row = table[(table["activity"] == f"{fuel}, net heat, manufacturing") & (table["unit"] == "GJ")]
        assert row.loc[row["gas"] == "CO2", "value"].item() == pytest.approx(kg_per_gj, rel=0.002)

    def test_losses_of_the_grid(self) -> None:
        # 900 MWh arrive of 1000 fed in: 10 % of the output is 100 MWh; 10 % of the consumption would be 90.
        assert float(energy.grid_losses(900.0, 0.10)) == close(100.0)
        assert float(energy.grid_losses(900.0, 0.10, of="consumption")) == close(90.0)
        with pytest.raises(ValueError, match="delivers nothing"):
            energy.grid_losses(1.0, 1.0)

    def test_losses_get_lines_of_their_own_in_scope_3(self) -> None:
        head = ["city", "year", "gpc_ref", "activity", "unit", "amount"]
        rows = [
            ("SE-STO", 2020, "I.1.2", "grid electricity", "MWh", 950.0),
            ("SE-STO", 2020, "I.2.2", "grid electricity", "MWh", "NE"),
            ("SE-STO", 2020, "I.1.1", "natural gas", "MWh", 10.0),
        ]
        lines = energy.with_losses(pd.DataFrame(rows, columns=head), 0.05)
        assert lines["gpc_ref"].tolist() == ["I.1.2", "I.2.2", "I.1.1", "I.1.3", "I.2.3"]
        assert lines["amount"].tolist()[3:] == [pytest.approx(50.0), "NE"]
        by = emissions.inventory(lines).by("gpc_ref")["emissions_t"]
        assert by["I.1.3"] / by["I.1.2"] == pytest.approx(0.05 / 0.95)

    def test_market_based_electricity(self) -> None:
        """GHG Protocol Scope 2 Guidance ch. 6: contracts first, the residual mix for the rest."""
        assert energy.market_based(1000.0, [(600.0, 0.0), (100.0, 0.4)], 0.5) == close(40 + 150)
        with pytest.raises(ValueError, match="no more than is used"):
            energy.market_based(1000.0, [(1200.0, 0.0)], 0.5)

    def test_mines_eq_4_1_3_and_pipes(self) -> None:
        assert float(energy.coal_mine_methane(1e6, 18.0)) == close(1e6 * 18 * 0.67 / 1000)
        assert float(energy.gas_system_losses(1e6, 0.01, 0.9)) == close(1e6 * 0.01 * 0.9 * 0.67 / 1000)


class TestTransport:
    def test_distance_and_cold_starts_eq_3_2_5(self) -> None:
        assert float(transport.vehicle_km(1000.0, 0.02, 50.0, 0.1)) == close(25.0)

    def test_fuel_of_distance_eq_3_2_6(self) -> None:
        assert float(transport.fuel_of_distance([100.0, 10.0], [12_000.0, 60_000.0], [0.08, 0.3]).sum()) == close(
            276_000
        )

    def test_urea_eq_3_2_2(self) -> None:
        # 1 t of additive at 32.5 %: 12/60 x 0.325 x 44/12 = 0.2383 t CO2.
        assert float(transport.urea_catalyst(1.0)) == pytest.approx(0.238333, rel=1e-5)

    def test_aviation_tier_2_eq_3_6_2_to_3_6_5(self) -> None:
        # 1000 cycles of 0.8 t each out of 5000 t; 2.5 t CO2 a cycle, 3.15 t/t aloft.
        flights = transport.aviation(1000.0, 5000.0, 0.8, 2.5, 3.15)
        assert float(flights.lto) == 2500.0
        assert float(flights.cruise) == close(4200 * 3.15)
        assert float(flights.total) == close(2500 + 4200 * 3.15)
        with pytest.raises(ValueError, match="more fuel than was used"):
            transport.aviation(1000.0, 500.0, 0.8, 2.5, 3.15)

    def test_half_of_what_crosses_the_boundary_is_the_citys(self) -> None:
        """GPC v1.1 ch. 7, induced activity: journeys inside, and half of those that begin or end here."""
        inside, beyond = transport.induced(100.0, [40.0, 60.0])
        assert (float(inside), float(beyond)) == (120.0, 30.0)


class TestWaste:
    def test_degradable_carbon_gpc_eq_8_1(self) -> None:
        assert float(waste.degradable_carbon(0.4, 0.1, 0.2, 0.05, 0.05)) == close(0.06 + 0.02 + 0.08 + 0.0215 + 0.012)

    def test_methane_commitment_gpc_eq_8_3_and_8_4(self) -> None:
        # L0 = 1.0 x 0.15 x 0.6 x 0.5 x 16/12 = 0.06 t CH4/t; 1000 t, 20 % recovered, 10 % oxidised.
        assert float(waste.methane_commitment(1000.0, 0.15, 0.6, 1.0, 0.5, 0.2, 0.1)) == close(1000 * 0.06 * 0.8 * 0.9)

    def test_all_that_decays_is_the_commitment(self) -> None:
        """Eq. 3.1 to 3.6 summed over all years give L0: two ways to count the same methane."""
        years = np.arange(2000, 2400)
        once = np.where(years == 2000, 1000.0, 0.0)
        by_year = waste.landfill(once, years, 0.15, 0.5, 1.0, 0.09, 0.5, 0.1, 0.0)
        committed = waste.methane_commitment(1000.0, 0.15, 0.5, 1.0, 0.5, 0.0, 0.1)
        assert by_year.sum() == pytest.approx(float(committed))

    def test_mixed_waste_decays_kind_by_kind(self) -> None:
        years = np.arange(2000, 2010)
        mixed = waste.landfill_by_type(
            {"food": [1000.0] * 10, "paper": [500.0] * 10}, years, "boreal and temperate, wet", covered=True, r=1.0
        )
        food = waste.landfill([1000.0] * 10, years, 0.15, 0.5, 1.0, 0.185, 0.5, 0.0, 0.0)  # tables 2.4, 3.1, 3.3
        paper = waste.landfill([500.0] * 10, years, 0.40, 0.5, 1.0, 0.06, 0.5, 0.0, 0.0)
        assert mixed == pytest.approx(np.maximum(food + paper - 1.0, 0.0) * 0.9)

    def test_composting_eq_4_1_and_4_2(self) -> None:
        # table 4.1, wet: 4 g CH4 and 0.24 g N2O per kg (0.3 in 2006, 0.24 in the 2015 corrigenda).
        assert float(waste.biological_treatment(1000.0, 4.0)) == 4.0
        assert float(waste.biological_treatment(1000.0, 0.24)) == close(0.24)

    def test_incineration_eq_5_1(self) -> None:
        # plastics: dm 1, CF 0.75, FCF 1 (table 2.4), OF 1: 2.75 t CO2/t.
        assert float(waste.incineration(1.0, 1.0, 0.75, 1.0)) == close(2.75)

    def test_open_burning_eq_5_7(self) -> None:
        # 100 000 persons, half of whom burn 60 % of 0.5 kg a day.
        assert float(waste.burnt_in_the_open(1e5, 0.5, 0.5, 0.6)) == close(1e5 * 0.5 * 0.5 * 0.6 * 365 / 1000)

    def test_waste_water_eq_6_1_to_6_3(self) -> None:
        # 1000 persons, 60 g BOD/day, no industry: 21 900 kg BOD; septic tanks 0.6 x 0.5 = 0.3 kg CH4/kg.
        load = waste.organic_load(1000.0, 60.0)
        assert float(load) == close(21_900.0)
        assert float(waste.wastewater_methane(load, 0.6, 0.5)) == close(6570.0)
        assert float(waste.wastewater_methane(load, 0.6, 0.5, S=1900.0, R=1000.0)) == close(5000.0)
        with pytest.raises(ValueError, match="at most what came in"):
            waste.wastewater_methane(1.0, 0.6, 0.5, S=2.0)

    def test_effluent_eq_6_7_and_6_8(self) -> None:
        # 1000 persons, 36 kg protein: 1000 x 36 x 0.16 x 1.1 x 1.25 = 7920 kg N; x 0.005 x 44/28 = 62.2 kg N2O.
        nitrogen = waste.effluent_nitrogen(1000.0, 36.0)
        assert float(nitrogen) == close(7920.0)
        assert float(waste.effluent_n2o(nitrogen)) == close(7920 * 0.005 * 44 / 28)

    def test_industrial_load_eq_6_6(self) -> None:
        assert float(waste.industrial_load(1000.0, 6.3, 2.9)) == close(18_270.0)  # beer, table 6.9


class TestIndustry:
    def test_clinker_factor_eq_2_4(self) -> None:
        assert float(industry.clinker_factor()) == pytest.approx(0.51, abs=5e-4)

    def test_cement_eq_2_1_and_clinker_eq_2_2(self) -> None:
        # 1000 t Portland (95 % clinker) and 500 t slag cement (60 %), 100 t clinker brought in, 50 t sent out.
        assert industry.cement([1000.0, 500.0], [0.95, 0.60], Im=100.0, Ex=50.0) == close(1200 * 0.52)
        assert float(industry.clinker(1000.0)) == close(1000 * 0.51 * 1.02)
        with pytest.raises(ValueError, match="more clinker"):
            industry.cement([10.0], [0.9], Im=100.0)

    def test_lime_eq_2_6_and_glass_eq_2_10(self) -> None:
        assert float(industry.lime(100.0, 0.75, 1.02, 0.97)) == close(100 * 0.75 * 1.02 * 0.97)
        assert float(industry.glass(100.0, CR=0.5)) == close(10.0)
        assert float(industry.carbonates(100.0, 0.43971)) == close(43.971)

    def test_metals(self) -> None:
        # steel: eq. 4.4, table 4.1; aluminium: eq. 4.20, table 4.10; PFC: eq. 4.26, table 4.16 (CWPB).
        assert industry.iron_and_steel([100.0, 50.0], [1.46, 0.08]).tolist() == close([146.0, 4.0])
        assert float(industry.aluminium(100.0, 1.6)) == close(160.0)
        slope, ratio = (parameter(name, "prebake, centre worked").mean for name in ("pfc_slope", "pfc_fraction"))
        first, second = industry.perfluorocarbons(1000.0, slope, 0.5, ratio)
        assert (float(first), float(second)) == close((0.143 * 0.5 * 1000, 0.143 * 0.5 * 1000 * 0.121))

    def test_chemicals(self) -> None:
        assert float(industry.nitric_acid(100.0, 9.0, 0.8, 0.9)) == close(100 * 9 * (1 - 0.72))  # eq. 3.6
        assert float(industry.ammonia(100.0, 30.2, 15.3, 1.0, 1000.0)) == close(100 * 30.2 * 15.3 * 44 / 12 - 1000)

    def test_refrigerants(self) -> None:
        # mass balance, eq. 7.9: 100 t sold, 60 filled into new, 20 in what was given up, 5 destroyed.
        assert float(industry.refrigerant_balance(100.0, 60.0, 20.0, 5.0)) == 55.0
        # factors, eq. 7.10 to 7.14.
        lost = industry.refrigerant(1000.0, 0.1, filled=50.0, k=0.02, sold=200.0, c=0.05, retired=80.0, p=0.9, eta=0.5)
        assert float(lost) == close(200 * 0.05 + 50 * 0.02 + 1000 * 0.1 + 80 * 0.9 * 0.5)

    def test_blends_take_the_potentials_of_their_gases(self) -> None:
        # R410A is half HFC-32, half HFC-125: AR4 (675 + 3500) / 2 = 2087.5, the figure that regulations print as 2088.
        row = pd.DataFrame([("CN-SZX", 2020, "IV.2", "R410A lost", "kg", 1000.0)])
        row.columns = ["city", "year", "gpc_ref", "activity", "unit", "amount"]
        assert emissions.inventory(row, gwp="AR4").total().mean == close(2087.5)


class TestAgriculture:
    def test_livestock_eq_10_19_10_21_10_23_10_25(self) -> None:
        assert float(agriculture.livestock_methane(1000.0, 128.0)) == 128.0
        assert float(agriculture.enteric_factor(300.0, 6.5)) == close(300 * 0.065 * 365 / 55.65)
        manure = agriculture.manure_factor(5.1, 0.24, [74.0, 1.5], [0.3, 0.7])
        assert float(manure) == close(5.1 * 365 * 0.24 * 0.67 * (0.74 * 0.3 + 0.015 * 0.7))
        assert float(agriculture.manure_n2o(100.0, 70.0, 0.5, 0.005)) == close(100 * 70 * 0.5 * 0.005 * 44 / 28)

    def test_soil_eq_11_1_11_9_11_10(self) -> None:
        assert float(agriculture.soil_n2o(F_SN=1e5, F_PRP=1e4)) == close((1e5 * 0.01 + 1e4 * 0.02) * 44 / 28)
        deposited, leached = agriculture.soil_n2o_indirect(F_SN=1e5, F_ON=1e4)
        assert float(deposited) == close((1e5 * 0.1 + 1e4 * 0.2) * 0.01 * 44 / 28)
        assert float(leached) == close(1.1e5 * 0.3 * 0.0075 * 44 / 28)

    def test_liming_urea_eq_11_12_11_13(self) -> None:
        assert float(agriculture.liming(100.0, 100.0)) == close(25 * 44 / 12)
        assert float(agriculture.urea(100.0)) == close(20 * 44 / 12)

    def test_rice_eq_5_1_to_5_3(self) -> None:
        straw = agriculture.straw_scaling([5.0], [1.0])  # 5 t straw just before: (1 + 5) ^ 0.59 = 2.88
        assert float(straw) == pytest.approx(2.878, abs=1e-3)
        assert float(agriculture.rice_methane(100.0, 120.0, agriculture.rice_factor(SF_w=0.52))) == close(
            100 * 120 * 1.3 * 0.52 / 1000
        )

    def test_fire_eq_2_27(self) -> None:
        # 100 ha of wheat straw, 4 t/ha, 90 % burnt, 2.7 g CH4/kg.
        assert float(agriculture.fire(100.0, 4.0, 0.9, 2.7)) == close(0.972)

    def test_breath_is_a_memo_item(self) -> None:
        row = pd.DataFrame([("CN-SZX", 2020, emissions.MEMO, "human respiration", "person", 1e6)])
        row.columns = ["city", "year", "gpc_ref", "activity", "unit", "amount"]
        whole = emissions.inventory(row)
        assert whole.total().mean == 0
        assert whole.memo["biogenic_t"].tolist() == [pytest.approx(380_000.0)]
        assert float(agriculture.respiration(1e6, 380.0)) == 380_000.0


@pytest.mark.parametrize(
    ("call", "term"),
    [
        (lambda: energy.combustion(-1.0, 1.0), "fuel"),
        (lambda: waste.incineration(1.0, 1.5, 0.5, 1.0), "dm"),
        (lambda: waste.organic_load(np.nan, 60.0), "P"),
        (lambda: industry.glass(1.0, CR=2.0), "CR"),
        (lambda: agriculture.rice_methane([1.0, np.inf], 120.0, 1.3), "A"),
        (lambda: transport.fuel_sold(1.0, -2.0), "EF"),
        (lambda: parameter("k", "gold"), "no k of 'gold'"),
        (lambda: parameter("luck"), "no parameter 'luck'"),
    ],
)
def test_a_term_out_of_range_is_named(call: Callable[[], object], term: str) -> None:
    with pytest.raises(ValueError, match=term):
        call()


def test_parameters_lie_in_their_ranges_and_say_whence() -> None:
    every = parameters()
    assert ((every["low"] <= every["value"]) & (every["value"] <= every["high"])).all()
    assert set(every["checked"]) <= {"compiled", "recalled", "ours", "sourced"}
    assert not every.duplicated(["parameter", "key"]).any()


def test_results_of_calculators_become_lines() -> None:
    methane = float(waste.methane_commitment(1000.0, 0.15, 0.5, 1.0, 0.5))
    rows = emissions.emitted("CN-SZX", 2020, "III.1.1", {"CH4": methane}, "landfill A", sd={"CH4": 10.0})
    whole = emissions.inventory(rows, gwp="AR5")
    assert whole.basic.mean == close(50.0 * 28)
    assert whole.basic.sd == close(10.0 * 28)
    with pytest.raises(ValueError, match="no gas 'XYZ'"):
        emissions.emitted("CN-SZX", 2020, "IV.1", {"XYZ": 1.0}, "")


def test_downscaling_is_marked_as_such() -> None:
    country = emissions.emitted("DE-GER", 2020, "V.1", {"CH4": 1000.0}, "national inventory")
    city = emissions.downscaled(country, "DE-BER", 2.0, 80.0, "cattle")
    line = emissions.inventory(city).lines.iloc[0]
    assert (line["amount"], line["activity_quality"], line["downscaled_by"]) == (pytest.approx(25.0), "M", "cattle")
    assert "downscaled by cattle, 0.025 of the country" in line["source"]
    assert line["sd_t"] / line["emissions_t"] == close(0.3)
    with pytest.raises(ValueError, match="a part of the whole"):
        emissions.downscaled(country, "DE-BER", 90.0, 80.0, "cattle")


def test_a_footprint_becomes_lines_of_the_papers_parts() -> None:
    footprint = pd.Series({"bread": 10.0, "shirts": 5.0, "banks": 3.0, "bricks": 2.0})
    groups = {"bread": "food", "shirts": "clothing", "banks": "services", "bricks": "housing"}
    rows = emissions.footprint_activities(footprint, groups, "CN-SZX", 2020, "a table")
    whole = emissions.inventory(rows)
    assert whole.total("outside_production").mean == 17.0
    assert whole.total("indirect_services").mean == 3.0
    assert whole.by("category")["emissions_t"].to_dict() == {
        "clothing": 5.0,
        "food": 10.0,
        "housing": 2.0,
        "services": 3.0,
    }
    with pytest.raises(ValueError, match="no group for bricks"):
        emissions.footprint_activities(footprint, {**groups, "bricks": "gold"}, "CN-SZX", 2020, "")
