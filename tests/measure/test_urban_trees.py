"""Urban trees: from a city's tree list to carbon and yearly removal."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.data import table
from carbonpolis.measure import sinks
from carbonpolis.measure.sinks import urban_trees

NAMES = [row["taxon"] for row in table("urban_trees") if row["rank"] != "general"]
PALMS = {row["taxon"] for row in table("urban_trees") if row["equation"] == "palm"}


def kilograms(name: str, dbh: float, height: float | None = None, **more: bool) -> float:
    taxon = urban_trees.identify(name).taxon
    return float(urban_trees.biomass(dbh, taxon, height, **more)[0])


def test_a_general_broadleaf_tree_by_diameter_alone():
    """PSW-GTR-253, UGEB: 0.0002835 d^2.310647 m3 x 520 kg/m3; 30 cm: 382 kg."""
    assert kilograms("Broadleaf", 30.0) == pytest.approx(0.0002835 * 30**2.310647 * 520)
    assert kilograms("Broadleaf", 30.0) == pytest.approx(381.6, abs=0.5)


def test_a_field_maple_takes_its_genus_and_a_norway_or_silver_maple_its_own_equation():
    general = kilograms("Acer campestre", 30.0, 12.0)
    assert general == pytest.approx(1.96667e-4 * 30**1.951853 * 12**0.664255 * 520)
    assert kilograms("Acer platanoides", 30.0, 12.0) == pytest.approx(1.01081e-3 * 30**1.533 * 12**0.657 * 520)
    assert kilograms("Acer saccharinum 'Skinneri'", 30.0, 12.0) == pytest.approx(2.383e-4 * 30**1.998 * 12**0.596 * 440)


def test_an_oak_of_the_open_weighs_four_fifths_of_the_forest_s():
    """Pillsbury and Kirkley 1984: 0.0065261029 d^2.31958 h^0.62528 ft3 (inches, feet), 590 kg/m3; Nowak 1994: 0.8."""
    volume = 0.0283168466 * 0.0065261029 * (40 / 2.54) ** 2.31958 * (15 / 0.3048) ** 0.62528
    grown_in_forest = kilograms("Quercus agrifolia", 40.0, 15.0, adjusted=False)
    assert grown_in_forest == pytest.approx(volume * 590, rel=2e-4)
    assert kilograms("Quercus agrifolia", 40.0, 15.0) == pytest.approx(0.8 * grown_in_forest)
    assert kilograms("Tilia cordata", 40.0, 15.0) == kilograms("Tilia cordata", 40.0, 15.0, adjusted=False)


def test_a_palm_is_weighed_by_its_height():
    """Frangi and Lugo 1985: 6.0 h + 0.8 and 0.8 h + 0.9 kg; 10 m: 69.7 kg."""
    assert kilograms("Washingtonia robusta", 40.0, 10.0) == pytest.approx(69.7)
    with pytest.raises(ValueError, match=r"height_m is missing for a palm"):
        kilograms("Phoenix canariensis", 40.0)


def test_carbon_has_roots_and_half_the_dry_matter():
    """PSW-GTR-253: roots 22 % of the tree, carbon half: 78 kg above ground are 50 kg C."""
    assert float(urban_trees.carbon(78.0)) == pytest.approx(50.0)


@pytest.mark.parametrize(
    ("name", "rank", "same_as"),
    [
        ("PRUNUS SERRULATA", "species", "prunus serrulata"),
        ("Platanus × acerifolia", "species", "platanus acerifolia"),
        ("Platanus x acerifolia 'Bloodgood'", "species", "platanus acerifolia"),
        ("Tilia cordata", "genus", "tilia"),
        ("Tilia", "genus", "tilia"),
        ("Metasequoia glyptostroboides", "genus", "metasequoia"),
        ("Parrotia persica", "general", "broadleaf"),
        ("conifer", "general", "conifer"),
    ],
)
def test_species_then_genus_then_general(name: str, rank: str, same_as: str):
    found = urban_trees.identify(name)
    assert found.rank.tolist() == [rank]
    assert urban_trees.taxa().names[found.taxon[0]] == same_as


def test_names_that_say_nothing_are_refused():
    with pytest.raises(ValueError, match=r"no equation for 'Parrotia persica' nor for its genus"):
        urban_trees.identify("Parrotia persica", strict=True)
    with pytest.raises(ValueError, match=r"species is missing at position 1"):
        urban_trees.identify(["Tilia cordata", None])
    with pytest.raises(ValueError, match=r"species is ' '; expected a botanical name"):
        urban_trees.identify(["Tilia cordata", " "])


def test_dirty_books_are_screened_with_the_reason():
    """As in Vancouver's: diameters of 0 and of 317 inches, and a missing one."""
    found = urban_trees.screen(np.array([30.0, 0.0, 317 * 2.54, math.nan, 20.0]), ["Acer", "Acer", "Acer", "Acer", ""])
    assert found.accepted.tolist() == [True, False, False, False, False]
    assert found.reason.tolist() == [
        "",
        "diameter is not above 0 cm",
        "diameter is above 300 cm",
        "diameter is missing",
        "species is missing",
    ]
    palms = urban_trees.screen([30.0, 30.0], ["Phoenix canariensis"] * 2, [0.0, 8.0])
    assert palms.reason.tolist() == ["a palm's height is missing", ""]


def test_a_growing_tree_by_hand():
    """30 cm growing 0.83 cm: stock x ((1 + 0.83/30)^2.310647 - 1) x 44/12."""
    removal = sinks.model("urban_trees_inventory").removal(dbh_cm=30.0, species="broadleaf")
    stock = float(urban_trees.carbon(kilograms("broadleaf", 30.0))) * 44 / 12 / 1000
    assert removal.mean == pytest.approx(stock * ((1 + 0.83 / 30) ** 2.310647 - 1))
    assert 0.2 * removal.mean < removal.sd < removal.mean


def test_trees_that_die_give_their_carbon_back():
    """Roman and Scatena 2011: 4.3 % of street trees die a year; a street of 60 cm trees then emits."""
    street = sinks.model("urban_trees_inventory")
    assert street.removal(dbh_cm=60.0, mortality=0.043).mean < 0 < street.removal(dbh_cm=60.0).mean
    gone = street.removal(dbh_cm=60.0, mortality=1.0)
    stock = float(urban_trees.carbon(kilograms("broadleaf", 60.0))) * 44 / 12 / 1000
    assert gone.mean == pytest.approx(-stock)


def test_heights_that_were_not_measured_don_t_spoil_the_others():
    taxon = urban_trees.identify(["Tilia cordata"] * 2).taxon
    mixed = urban_trees.biomass([30.0, 30.0], taxon, [12.0, 0.0])
    assert mixed == pytest.approx([kilograms("Tilia cordata", 30.0, 12.0), kilograms("Tilia cordata", 30.0)])


@given(st.floats(1, 250), st.floats(1, 250), st.sampled_from(sorted(set(NAMES) - PALMS)), st.floats(0, 40))
def test_a_thicker_tree_weighs_more_at_the_same_height(one: float, other: float, name: str, height: float):
    thin, thick = sorted((one, other))
    assert kilograms(name, thin, height) <= kilograms(name, thick, height)


@given(st.integers(1, 10_000), st.floats(1, 200))
def test_as_many_trees_remove_as_much_and_their_peculiarities_average_out(trees: int, dbh: float):
    model = sinks.model("urban_trees_inventory")
    one, many = model.removal(dbh_cm=dbh), model.removal(dbh_cm=dbh, trees=float(trees))
    assert many.mean == pytest.approx(trees * one.mean)
    assert many.sd <= trees * one.sd * (1 + 1e-9)
    assert model.removal(dbh_cm=dbh, trees=0.0).mean == 0.0


def test_a_street_is_the_sum_of_its_trees_but_not_of_their_errors():
    dbh, names = np.array([10.0, 25.0, 60.0, 40.0]), ["Acer rubrum", "Tilia cordata", "Picea abies", "Ginkgo biloba"]
    trees = sinks.model("urban_trees_inventory").removal(dbh_cm=dbh, species=names)
    street = urban_trees.stand(dbh, names)
    assert street.mean == pytest.approx(trees.mean.sum())
    assert np.linalg.norm(trees.sd) < street.sd < trees.sd.sum()
    twice = urban_trees.stand(np.tile(dbh, 2), names * 2)
    assert twice.mean == pytest.approx(2 * street.mean) and twice.sd < 2 * street.sd
    counted = urban_trees.stand(dbh, names, trees=2.0)
    assert counted.mean == pytest.approx(twice.mean) and counted.sd == pytest.approx(twice.sd)


def test_a_planting_grows_for_decades_and_loses_trees():
    """1,000 limes of 5 cm: removal rises while stems thicken; at 4.3 % a year two thirds are gone after 25 years."""
    kept = urban_trees.stand_over_years(5.0, "Tilia cordata", years=25, trees=1000.0)
    dying = urban_trees.stand_over_years(5.0, "Tilia cordata", years=25, trees=1000.0, mortality=0.043)
    assert np.all(np.diff(kept.mean) > 0)
    assert np.all(dying.mean < kept.mean)
    assert kept.mean[0] == pytest.approx(urban_trees.stand(5.0, "Tilia cordata", trees=1000.0).mean)
    start, end = (float(urban_trees.carbon(kilograms("Tilia cordata", d))) for d in (5.0, 5.0 + 25 * 0.83))
    assert kept.mean.sum() == pytest.approx((end - start) * 44 / 12, rel=1e-9), "what the years add is the stock"
    with pytest.raises(ValueError, match=r"years = 0"):
        urban_trees.stand_over_years(5.0, "Tilia", years=0)


def test_crown_cover_s_default_is_near_what_28_cities_showed():
    """Nowak et al. 2013, Environ. Pollut. 178:229, abstract: 0.28 kg C/m2 of tree cover a year in the United States."""
    default = sinks.parameter("urban_crown_growth", "all")
    assert default.mean == pytest.approx(2.8, rel=0.05)
    assert default.interval()[0] < 2.8 < default.interval()[1]


def test_blocks_make_no_difference():
    rng = np.random.default_rng(0)
    dbh, height = rng.uniform(1, 200, 100_001), rng.uniform(1, 40, 100_001)
    taxon = rng.integers(0, 40, 100_001)
    whole = urban_trees.biomass(dbh, taxon, height)
    some = [0, 32_767, 32_768, 65_536, 100_000]
    assert whole[some] == pytest.approx([float(urban_trees.biomass(dbh[i], taxon[i], height[i])[0]) for i in some])


def test_growth_follows_the_season_and_the_site():
    """Nowak et al. 2008: 0.83 cm/year in the open at 153 frost-free days (as remembered)."""
    assert urban_trees.diameter_growth().mean == pytest.approx(0.83)
    assert urban_trees.diameter_growth("park", 306.0).mean == pytest.approx(1.22)
    with pytest.raises(ValueError, match=r"choose from open, park, forest"):
        urban_trees.diameter_growth("roof")


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ({"dbh_cm": 0.0}, r"dbh_cm is 0.0; expected 0.1 to 300 cm"),
        ({"dbh_cm": np.array([10.0, 805.18])}, r"dbh_cm is 805.18 at position 1; expected 0.1 to 300 cm"),
        ({"dbh_cm": 10.0, "height_m": -3.0}, r"height_m is -3.0; expected 0 to 120 m"),
        ({"dbh_cm": 10.0, "mortality": 2.0}, r"mortality is 2.0; expected 0 to 1 share/year"),
        ({"dbh_cm": 10.0, "species": ""}, r"expected a botanical name"),
    ],
)
def test_trees_that_cannot_be_are_refused(given_, told):
    with pytest.raises(ValueError, match=told):
        sinks.model("urban_trees_inventory").removal(**given_)
