"""The default tables against the tables they name: one test a subject, the figure as the source prints it.

EFDB: the IPCC's Emission Factor Database, its export as kept in Open-Earth-Foundation/CityCatalyst 47afbbb. AMEE: the
IPCC's 2006 guidelines as csv, mamhoff/datasets b33b25b.
"""

from __future__ import annotations

import pandas as pd
import pytest

from carbonpolis.measure import emissions
from carbonpolis.measure.emissions.calculators.parameters import parameters
from carbonpolis.measure.emissions.placement import retired

HEAD = ["city", "year", "gpc_ref", "activity", "unit", "amount"]


def factor(activity: str, gas: str, city: str = "XX-ANY", unit: str | None = None) -> float:
    """kg of a gas per unit, as a city would get it: its country's row, its group's, or the general one."""
    table = emissions.factors_table()
    rows = table[(table["activity"] == activity) & (table["gas"] == gas)]
    rows = rows if unit is None else rows[rows["unit"] == unit]
    for region in (city, city[:2], *emissions.regions.groups(city[:2]), "*"):
        found = rows.loc[rows["region"] == region, "value"]
        if len(found):
            return float(found.iloc[-1])
    raise LookupError(activity)


def tonnes(
    city: str, reference: str, activity: str, unit: str, amount: float, gwp: str = "AR6", year: int = 2020
) -> float:
    row = pd.DataFrame([(city, year, reference, activity, unit, amount)], columns=HEAD)
    return emissions.inventory(row, gwp=gwp).total().mean


@pytest.mark.parametrize(
    ("technology", "grams_of_methane", "grams_of_nitrous_oxide"),
    [
        ("continuous stoker", 0.2, 50), ("continuous fluidised bed", 0, 50),
        ("semi-continuous stoker", 6, 50), ("semi-continuous fluidised bed", 188, 50),
        ("batch stoker", 60, 60), ("batch fluidised bed", 237, 60),
    ],
)  # fmt: skip
def test_a_furnace_s_methane_is_that_of_its_technology(
    technology: str, grams_of_methane: float, grams_of_nitrous_oxide: float
) -> None:
    """IPCC 2006 vol. 5 ch. 5 table 5.3 (kg/Gg, which is g/t) and table 5.6 (g/t wet waste), EFDB."""
    name = f"incineration of food, {technology}"
    assert factor(name, "CH4 non-fossil") == pytest.approx(grams_of_methane / 1000)
    assert factor(name, "N2O") == pytest.approx(grams_of_nitrous_oxide / 1000)


def test_a_furnace_without_a_technology_is_a_modern_one_and_says_so() -> None:
    table = emissions.factors_table("waste")
    rows = table[(table["activity"] == "incineration of plastics") & (table["gas"] == "CH4")]
    assert rows["value"].tolist() == [0.0002]
    assert rows["source"].str.contains("no technology named: continuous stoker").all()


def test_homes_and_offices_on_coal_differ_by_thirty_times_in_methane() -> None:
    """IPCC 2006 vol. 2 ch. 2 table 2.5, residential, 300 kg/TJ; table 2.4, commercial, 10 kg/TJ (EFDB)."""
    for fuel in ("coal", "anthracite", "lignite", "sub-bituminous coal", "coking coal", "coke", "peat"):
        assert factor(f"{fuel}, net heat, households", "CH4", unit="GJ") == 0.3
        assert factor(f"{fuel}, net heat, commerce", "CH4", unit="GJ") == 0.01
        assert retired(f"{fuel}, net heat, buildings") is not None
    for fuel, both in (("natural gas", 0.005), ("diesel", 0.01), ("LPG", 0.005)):
        for use in ("households", "commerce", "farms", "buildings"):
            assert factor(f"{fuel}, net heat, {use}", "CH4", unit="GJ") == both


@pytest.mark.parametrize(
    ("city", "dairy", "other"),
    [
        ("US-MSP", 128, 53), ("DE-BER", 117, 57), ("PL-WAW", 99, 58), ("CZ-PRG", 99, 58), ("AU-MEL", 90, 60),
        ("BR-SAO", 72, 56), ("CN-SZX", 68, 47), ("JP-TYO", 68, 47), ("ID-JKT", 68, 47), ("ZA-JNB", 46, 31),
        ("EG-CAI", 46, 31), ("SA-RUH", 46, 31), ("IN-DEL", 58, 27), ("PK-KHI", 58, 27),
    ],
)  # fmt: skip
def test_cattle_belch_as_their_region_s_do(city: str, dairy: float, other: float) -> None:
    """IPCC 2006 vol. 4 ch. 10 table 10.11, kg CH4/head/year (EFDB; Oceania's dairy cattle as AMEE has them)."""
    assert factor("dairy cattle, enteric", "CH4 non-fossil", city) == dairy
    assert factor("other cattle, enteric", "CH4 non-fossil", city) == other
    assert tonnes(city, "V.1", "dairy cattle, enteric", "head", 1000.0, "AR5") == pytest.approx(dairy * 28)


def test_sheep_and_swine_of_developing_countries_are_smaller() -> None:
    """IPCC 2006 vol. 4 ch. 10 table 10.10 (EFDB): sheep 8 and 5, swine 1.5 and 1.0 kg CH4/head/year."""
    found = [
        factor(f"{animal}, enteric", "CH4 non-fossil", city) for animal in ("sheep", "swine") for city in ("NZ", "KE")
    ]
    assert found == [8, 5, 1.5, 1.0]


def test_manure_by_region_and_temperature() -> None:
    """IPCC 2006 vol. 4 ch. 10 table 10.14 (AMEE; 698 of 703 values as in the EFDB), table 10.15, kg CH4/head/year."""
    assert factor("dairy cattle, manure at 10 C or less", "CH4 non-fossil", "US") == 48
    assert factor("dairy cattle, manure at 20 C", "CH4 non-fossil", "DE") > factor(
        "dairy cattle, manure at 12 C", "CH4 non-fossil", "DE"
    )
    assert [factor(f"sheep, manure, {c} climate", "CH4 non-fossil", "GB") for c in ("cool", "temperate", "warm")] == [
        0.19, 0.28, 0.37,
    ]  # fmt: skip
    assert factor("manure nitrogen, solid storage", "N2O") == pytest.approx(0.005 * 44 / 28)  # table 10.21


def test_a_plug_in_hybrid_s_tailpipe_stands_apart_from_its_plug() -> None:
    """UK factors 2025: 0.10461 kg/km in all, 0.09167 from the tailpipe; 0.177 and 0.01853 kg/kWh, lost."""
    for size, whole, tail in (("small", 0.05669, 0.03008), ("medium", 0.0882, 0.07789), ("average", 0.10461, 0.09167)):
        assert factor(f"{size} car, plug-in hybrid", "CO2e") == tail
        plug = tonnes("GB-LND", "II.1.2", f"{size} car, plug-in hybrid, electricity", "vehicle km", 1e6, year=2025)
        assert plug / 1000 * (0.177 + 0.01853) / 0.177 == pytest.approx(whole - tail, rel=1e-3)


def test_an_electric_car_draws_on_its_own_city_s_grid() -> None:
    """UK factors 2025, average battery-electric car: 0.04047 kg CO2e/km over 0.19553 kg/kWh, 0.207 kWh/km."""
    for city in ("GB-LND", "SE-STO", "PL-WAW", "CN-SZX"):
        driven = tonnes(city, "II.1.2", "average car, battery electric", "vehicle km", 1e6)
        drawn = tonnes(city, "I.1.2", "grid electricity", "MWh", 1000 * 0.04047 / 0.19553)
        assert driven == pytest.approx(drawn)
    own = pd.DataFrame([("grid electricity", "MWh", "CO2e", 100.0, "the city's contract")])
    own.columns = ["activity", "unit", "gas", "value", "source"]
    row = pd.DataFrame([("SE-STO", 2020, "II.2.2", "metro", "passenger km", 1e6)], columns=HEAD)
    assert emissions.inventory(row, own).total().mean == pytest.approx(14.925, rel=1e-3)  # 0.149 kWh at 0.1 kg


def test_what_burns_in_the_open_is_weighed_dry_where_the_table_says_dry() -> None:
    """IPCC 2006 vol. 5 ch. 5: N2O 150 g/t dry (table 5.6), oxidised 58 % (table 5.2); 2019: 71 %."""
    assert factor("open burning of food", "N2O") == pytest.approx(0.15 * 0.4)
    assert factor("open burning of paper", "N2O") == pytest.approx(0.15 * 0.9)
    assert factor("open burning of plastics", "CO2") == pytest.approx(1000 * 0.75 * 0.58 * 44 / 12)
    assert factor("open burning of plastics, 2019", "CO2") == pytest.approx(1000 * 0.75 * 0.71 * 44 / 12)
    assert emissions.parameter("of", "open burning").mean == 0.58


def test_paper_has_a_hundredth_of_fossil_carbon() -> None:
    """IPCC 2006 vol. 5 ch. 2 table 2.4 (EFDB): dm 90 %, C 46 %, fossil 1 %; wood dm 85 %."""
    assert factor("incineration of paper", "CO2") == pytest.approx(1000 * 0.9 * 0.46 * 0.01 * 44 / 12)
    assert factor("incineration of paper", "CO2") == pytest.approx(15.18)
    assert factor("incineration of wood", "CO2 biogenic") == pytest.approx(1000 * 0.85 * 0.5 * 44 / 12)


def test_a_grid_figure_says_what_it_counts_and_both_kinds_are_offered() -> None:
    table = emissions.factors_table("grid")
    grid = table[table["activity"].str.startswith("grid electricity")]
    assert grid["table"].str.match("(stack|life cycle): ").all()
    for kind in ("stack", "life cycle"):
        own = grid[grid["activity"] == f"grid electricity, {kind}"]
        assert own["table"].str.startswith(kind).all()
    assert factor("grid electricity", "CO2", "CN-ANY") in (0.5306, 0.5366)  # MEE and NBS, 2023 and 2022
    assert tonnes("CN-SZX", "I.2.2", "grid electricity", "kWh", 1e6, year=2023) == pytest.approx(530.6)
    # JRC 2024 tables 2 and 3, Germany 2021, t/MWh
    assert tonnes("DE-BER", "I.2.2", "grid electricity, stack", "MWh", 1.0, year=2021) == pytest.approx(
        0.3834, abs=5e-5
    )
    assert tonnes("DE-BER", "I.2.2", "grid electricity, life cycle", "MWh", 1.0, year=2021) == pytest.approx(
        0.4385, abs=5e-5
    )


def test_a_us_city_may_name_its_egrid_subregion() -> None:
    """US EPA hub 2026 table 6 (eGRID2024), CAMX: 403.6 lb CO2, 0.025 lb CH4, 0.003 lb N2O a MWh; AR5."""
    row = pd.DataFrame(
        [("US-SFO", 2024, "I.2.2", "grid electricity", "MWh", 1000.0, "US-CAMX")], columns=[*HEAD, "place"]
    )
    expected = 0.45359237 * (403.6 + 0.025 * 28 + 0.003 * 265)
    assert emissions.inventory(row, gwp="AR5").total().mean == pytest.approx(expected)


def test_lime_and_aluminium_say_which() -> None:
    """IPCC 2006 vol. 3 table 2.4, dolomitic lime 0.86 and 0.77 t/t; table 4.15, kg CF4 and C2F6 a tonne (EFDB)."""
    assert (factor("lime, dolomitic", "CO2", "DE"), factor("lime, dolomitic", "CO2", "IN")) == (860, 770)
    cells = {
        "centre-worked prebake": (0.4, 0.04), "side-worked prebake": (1.6, 0.4),
        "vertical-stud Soderberg": (0.8, 0.04), "horizontal-stud Soderberg": (0.4, 0.03),
    }  # fmt: skip
    for cell, printed in cells.items():
        assert (factor(f"aluminium, {cell} cells", "CF4"), factor(f"aluminium, {cell} cells", "C2F6")) == printed


def test_lagoons_and_latrines_say_which() -> None:
    """IPCC 2006 vol. 5 ch. 6 table 6.3 : lagoons 0.2 and 0.8, latrines 0.1, 0.5, 0.7; 2019: rivers 0.11."""
    conversion = {"shallow lagoons, 2006": 0.2, "deep lagoons, 2006": 0.8, "dry latrines": 0.1, "wet latrines": 0.7}
    conversion |= {"communal dry latrines": 0.5, "rivers, lakes and sea, 2006": 0.1, "rivers, lakes and sea": 0.11}
    for name, mcf in conversion.items():
        assert emissions.parameter("mcf_wastewater", name).mean == mcf
        assert factor(f"waste water BOD to {name}", "CH4 non-fossil") == pytest.approx(0.6 * mcf)


def test_methane_has_two_origins_in_ar6_and_one_before() -> None:
    """IPCC AR6 WG1 table 7.15: fossil 29.8, non-fossil 27.0; table 7.SM.7: 27.9 where no origin is said."""
    found = {gas: emissions.potential("AR6")[gas] for gas in ("CH4", "CH4 fossil", "CH4 non-fossil")}
    assert found == {"CH4": 27.9, "CH4 fossil": 29.8, "CH4 non-fossil": 27.0}
    assert {emissions.potential("AR5")[gas] for gas in found} == {28.0}
    assert tonnes("DE-BER", "I.8.1", "CH4 fossil emitted", "t", 1.0) == 29.8
    assert tonnes("DE-BER", "III.1.1", "CH4 non-fossil emitted", "t", 1.0) == 27.0


def test_dry_shares_are_shares() -> None:
    every = parameters()
    assert (every.loc[every["parameter"].isin(["dm", "cf", "fcf", "doc", "docf", "mcf", "of"]), "high"] <= 1).all()


def test_editions_are_named_and_not_mixed() -> None:
    """IPCC 2006 vol. 5 s. 3.2.3: half of all carbon decomposes; 2019 table 3.0: food 0.7, wood 0.1. Nappies as garden
    waste (IPCC Waste Model)."""
    assert emissions.parameter("docf").mean == 0.5
    assert [emissions.parameter("docf", f"{kind}, 2019").mean for kind in ("food", "paper", "wood")] == [0.7, 0.5, 0.1]
    assert [emissions.parameter("k", f"nappies, {zone}").mean for zone in ("tropical, wet", "tropical, dry")] == [
        0.17,
        0.065,
    ]
    years, waste = range(2000, 2010), {"food": [100.0] * 10}
    old, new = (
        emissions.waste.landfill_by_type(waste, years, "tropical, wet", edition=edition) for edition in (2006, 2019)
    )
    assert new[1:] / old[1:] == pytest.approx(0.7 / 0.5)
    with pytest.raises(ValueError, match="2006 or 2019"):
        emissions.waste.landfill_by_type(waste, years, "tropical, wet", edition=1996)


def test_mines_and_pipes_by_tonne_and_cubic_metre() -> None:
    """IPCC 2006 vol. 2 ch. 4 eq. 4.1.3 (18 m3/t at 0.67 kg/m3), tables 4.2.4 and 4.2.5 (0.0011 Gg/10^6 m3), EFDB."""
    assert factor("coal mined underground, 200 to 400 m deep", "CH4 fossil") == pytest.approx(18 * 0.67)
    assert factor("natural gas distributed", "CH4 fossil", "DE") == 0.0011
    assert factor("natural gas distributed", "CH4 fossil", "CN") == 0.0018
    assert tonnes("DE-BER", "I.8.1", "natural gas distributed", "m3", 1e9) == pytest.approx(1100 * 29.8 + 51)


@pytest.mark.parametrize(
    ("activity", "methane", "nitrous_oxide"),
    [
        ("diesel, net heat, road", 3.9, 3.9), ("gasoline, net heat, road, uncontrolled", 33, 3.2),
        ("gasoline, net heat, road, oxidation catalyst", 25, 8), ("natural gas, net heat, road", 92, 3),
        ("diesel, net heat, rail", 4.15, 28.6), ("diesel, net heat, farm machines", 4.15, 28.6),
        ("diesel, net heat, ships", 7, 2), ("gasoline, net heat, household machines, two-stroke", 180, 0.4),
    ],
)  # fmt: skip
def test_a_fuel_burns_by_its_use(activity: str, methane: float, nitrous_oxide: float) -> None:
    """IPCC 2006 vol. 2 ch. 3 tables 3.2.2, 3.3.1, 3.4.1, 3.5.3, kg/TJ (EFDB)."""
    assert factor(activity, "CH4", unit="GJ") == pytest.approx(methane / 1000)
    assert factor(activity, "N2O", unit="GJ") == pytest.approx(nitrous_oxide / 1000)


def test_soils_and_rice() -> None:
    """IPCC 2006 vol. 4 table 11.1 (8 and 16 kg N2O-N/ha), tables 5.11 and 5.12 (1.3 x 0.60, 0.52, 0.28), EFDB."""
    assert factor("drained organic soil, temperate crops and grass", "N2O") == pytest.approx(8 * 44 / 28)
    assert factor("drained organic soil, tropical crops and grass", "N2O") == pytest.approx(16 * 44 / 28)
    water = {"single aeration": 0.6, "multiple aeration": 0.52, "regular rainfed": 0.28, "upland": 0}
    for regime, scaling in water.items():
        assert factor(f"rice, {regime}", "CH4 non-fossil") == pytest.approx(1.3 * scaling)


def test_defaults_of_a_country() -> None:
    """IPCC 2006 vol. 5 tables 2.1, 2.3, 6.4 and 6.5: a country's own row, else its region's, else what there is."""
    assert emissions.by_country("msw_per_head", "JP").mean == 0.37
    assert emissions.by_country("msw_treated", "FR", "landfilled").mean == 0.47
    assert emissions.by_country("msw_share", "US", "food").mean == 0.339
    assert emissions.by_country("bod_per_head", "US").mean == 85
    assert emissions.by_country("wastewater_treated", "US", "rural, septic tanks").mean == 0.9
    with pytest.raises(ValueError, match="its table has"):
        emissions.by_country("msw_per_head", "TR")


@pytest.mark.parametrize(
    ("activity", "unit"),
    [
        ("grid electricity", "kWh"), ("dairy cattle, enteric", "head"), ("R410A lost", "kg"),
        ("incineration of plastics", "t"), ("average car, petrol", "vehicle km"), ("cement clinker", "t"),
        ("food and drink bought", "t"), ("natural gas distributed", "m3"), ("nitrogen applied to soil", "kg"),
    ],
)  # fmt: skip
def test_an_activity_under_a_reference_of_another_kind_is_refused_and_told_where_it_goes(
    activity: str, unit: str
) -> None:
    rows = pd.DataFrame([("US-MSP", 2020, "I.2.1", activity, unit, 1000.0)], columns=HEAD)
    (fault,) = emissions.faults(rows)
    assert (fault.row, fault.column, fault.found) == (2, "gpc_ref", "I.2.1")
    assert emissions.places(activity)[0] in fault.expected
    placed = rows.assign(gpc_ref=emissions.places(activity)[0])
    assert emissions.faults(placed) == []
    assert emissions.inventory(rows, stored=True).total().mean > 0  # a folder that holds it still opens


def test_a_name_that_stood_for_two_factors_tells_its_new_names() -> None:
    for old, new in (
        ("coal, net heat, buildings", "coal, net heat, commerce"),
        ("aluminium, prebake cells", "aluminium, side-worked prebake cells"),
        ("waste water BOD to anaerobic lagoons", "waste water BOD to deep lagoons, 2006"),
        ("waste water BOD to latrines", "waste water BOD to wet latrines"),
    ):
        told = retired(old)
        assert told is not None
        assert new in told[0]
        assert emissions.activities_table().loc[new, "kind"] == emissions.activities_table().loc[old, "kind"]


def test_every_packaged_activity_has_a_place_and_a_factor() -> None:
    table = emissions.activities_table()
    assert all(emissions.places(name) for name in table.index)
    assert set(emissions.factors_table()["activity"]) == set(table.index)


def test_charging_stands_where_it_is_drawn() -> None:
    rows = [
        ("GB-LND", 2025, "II.1.1", "average car, plug-in hybrid", "vehicle km", 1e6),
        ("GB-LND", 2025, "II.1.2", "average car, battery electric", "vehicle km", "NE"),
        ("GB-LND", 2025, "II.1.1", "average car, petrol", "vehicle km", 1e6),
    ]
    lines = emissions.transport.with_charging(pd.DataFrame(rows, columns=HEAD), home=0.8)
    assert lines["gpc_ref"].tolist() == ["II.1.1", "II.1.1", "I.1.2", "I.1.2", "II.1.2", "II.1.2"]
    assert lines["amount"].tolist() == [1e6, 1e6, "NE", 8e5, "NE", pytest.approx(2e5)]
    by = emissions.inventory(lines).by("gpc_ref")["emissions_t"]
    assert by["I.1.2"] / by["II.1.2"] == pytest.approx(4.0)
    assert by["II.1.1"] == pytest.approx(91.67 + 162.72)


def test_per_cent_or_share_of_methane_is_asked_for() -> None:
    """IPCC 2006 vol. 4 eq. 10.23, worked: 5.1 kg VS, B0 0.24, 74 % of a lagoon's and 1.5 % of a pasture's."""
    printed = emissions.agriculture.manure_factor(5.1, 0.24, [74.0, 1.5], [0.3, 0.7])
    assert emissions.agriculture.manure_factor(5.1, 0.24, [0.74, 0.015], [0.3, 0.7], MCF_unit="share") == pytest.approx(
        float(printed)
    )
    with pytest.raises(ValueError, match="shares or per cent"):
        emissions.agriculture.manure_factor(5.1, 0.24, [0.74, 0.015], [0.3, 0.7])
    daily_spread = emissions.agriculture.manure_factor(5.1, 0.24, 0.1, 1.0, MCF_unit="%")
    assert float(daily_spread) == pytest.approx(5.1 * 365 * 0.24 * 0.67 * 0.001)
