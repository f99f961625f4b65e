"""Answers as others print them, worked by the public names."""

from __future__ import annotations

import pandas as pd
import pytest

from carbonpolis.measure import emissions, sinks

HEAD = ["city", "year", "gpc_ref", "activity", "unit", "amount"]
# The US Forest Service's urban tree calculator: cm, m, kg of dry biomass, kg CO2 (adhollander/carboncalc 48ab54f,
# test_urbforest.py); its own tolerance is 10 %.
TREES = [
    ("Acer rubrum", 67.028712, 14.901616, 1995.281648, 4694.027980),
    ("Acer rubrum", 96.606282, 16.027995, 4448.140514, 10464.535700),
    ("Acer saccharum", 22.394933, 9.245268, 286.581214, 674.200677),
    ("Acer saccharum", 56.404893, 18.985408, 1894.739487, 4457.496101),
    ("Fraxinus pennsylvanica", 24.765732, 10.691435, 380.606842, 895.401994),
    ("Fraxinus pennsylvanica", 44.606945, 14.753367, 1389.396749, 3268.644915),
    ("Celtis laevigata", 37.663904, 10.933001, 822.064293, 1933.958945),
    ("Gleditsia triacanthos", 24.950490, 7.898610, 374.530000, 881.102389),
    ("Gleditsia triacanthos", 58.301139, 15.090138, 2507.600000, 5899.286032),
    ("Ulmus pumila", 38.589456, 13.764282, 874.390000, 2057.056044),
    ("Quercus virginiana", 41.528161, 10.673163, 919.442844, 2163.048228),
    ("Quercus alba", 90.340526, 32.214163, 8280.911144, 19481.374290),
    ("Tilia americana", 33.719246, 11.507367, 377.690533, 888.541189),
    ("Prosopis chilensis", 36.706832, 10.169386, 616.594807, 1450.578809),
    ("Casuarina equisetifolia", 51.942291, 17.026762, 1561.284277, 3673.021343),
    ("Melaleuca quinquenervia", 31.018065, 7.797275, 159.730061, 375.775207),
    ("Syagrus romanzoffiana", 20.0, 11.008406, 76.557163, 180.105633),
    ("Sabal palmetto", 20.0, 12.566891, 87.154858, 205.037390),
    ("Washingtonia robusta", 20.0, 25.2, 173.06, 407.134744),
    ("Cocos nucifera", 20.0, 12.824272, 88.905049, 209.154827),
]


@pytest.mark.parametrize(("species", "dbh", "height", "kilograms", "co2"), TREES)
def test_a_tree_weighs_what_the_forest_service_prints(
    species: str, dbh: float, height: float, kilograms: float, co2: float
) -> None:
    taxon = sinks.urban_trees.identify(species, strict=True).taxon
    found = sinks.urban_trees.biomass([dbh], taxon, [height])
    assert float(found[0]) == pytest.approx(kilograms, rel=1e-3)
    assert float(sinks.urban_trees.carbon(found)[0]) * 3.67 == pytest.approx(co2, rel=1e-3)


def test_distance_over_economy_as_the_ghg_protocol_s_tool_shows_it() -> None:
    """Emission Factors from Cross-Sector Tools v2.0, mobile combustion, distance: 5,525 km at 19.3 km/L: 286.27 L."""
    assert float(emissions.transport.fuel_of_distance(1.0, 5525.0, 1 / 19.3)) == pytest.approx(286.27, abs=0.01)


@pytest.mark.parametrize(
    ("vehicle", "kilograms"),
    [
        ("small car", 0.03688),
        ("medium car", 0.03882),
        ("large car", 0.04205),
        ("average car", 0.04047),
        ("van", 0.06976),
    ],
)
def test_electric_vehicles_in_britain_with_losses_as_its_government_prints_them(vehicle: str, kilograms: float) -> None:
    """UK factors 2025, managed assets, battery electric, kg CO2e/km: generation 0.177 and losses 0.01853 kg/kWh."""
    row = pd.DataFrame([("GB-LND", 2025, "II.1.2", f"{vehicle}, battery electric", "vehicle km", 1000.0)], columns=HEAD)
    lines = emissions.inventory(emissions.with_losses(row, 0.01853 / 0.177, of="consumption")).lines
    assert lines["emissions_t"].sum() == pytest.approx(kilograms, rel=1e-6)


def test_a_gallon_of_locomotive_diesel_as_the_epa_counts_it() -> None:
    """US EPA hub as in the GHG Protocol's tools: 10.21 kg CO2, 0.80 g CH4, 0.26 g N2O a gallon; AR5: 28 and 265."""
    row = pd.DataFrame([("US-MSP", 2024, "II.2.1", "diesel, locomotives", "gal", 1000.0)], columns=HEAD)
    assert emissions.inventory(row, gwp="AR5").total().mean == pytest.approx(10.21 + 0.0008 * 28 + 0.00026 * 265)


def test_a_model_year_s_methane_comes_by_mile_beside_its_fuel_and_is_not_counted_twice() -> None:
    rows = [
        ("US-MSP", 2024, "II.1.1", "gasoline", "gal", 1000.0),
        ("US-MSP", 2024, "II.1.1", "passenger car 2007, gasoline: CH4 and N2O", "vehicle mile", 22_500.0),
    ]
    whole = emissions.inventory(pd.DataFrame(rows, columns=HEAD), gwp="AR5")
    assert whole.lines["emissions_t"][1] == pytest.approx(22.5 * (0.0072 * 28 + 0.0052 * 265) / 1000)
    assert len(whole.overlaps) == 0
