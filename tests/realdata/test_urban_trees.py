"""Allometry against the biomass that the US Forest Service computed, and a real city's dirty tree list."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from carbonpolis.measure.sinks import urban_trees

SHARED = os.environ.get("CARBONPOLIS_SHARED_DATA", "")
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not SHARED, reason="CARBONPOLIS_SHARED_DATA does not name the folder of source files"),
]

# the Forest Service's species codes, of the trees that it measured in California
CODES = {
    "ACLO": "Acacia longifolia",
    "ACME": "Acacia melanoxylon",
    "ACNE": "Acer negundo",
    "ACPA": "Acer palmatum",
    "ACSA1": "Acer saccharinum",
    "ALJU": "Albizia julibrissin",
    "ALRH": "Alnus rhombifolia",
    "BEPE": "Betula pendula",
    "CACI": "Callistemon citrinus",
    "CESI3": "Ceratonia siliqua",
    "CICA": "Cinnamomum camphora",
    "CILI": "Citrus limon",
    "CUMA": "Cupressus macrocarpa",
    "CUSE": "Cupressus sempervirens",
    "EUGL": "Eucalyptus globulus",
    "FRUH": "Fraxinus uhdei",
    "FRVE": "Fraxinus velutina",
    "JAMI": "Jacaranda mimosifolia",
    "LIST": "Liquidambar styraciflua",
    "MAGR": "Magnolia grandiflora",
    "OLEU": "Olea europaea",
    "PEAM": "Persea americana",
    "PHDA4": "Phoenix dactylifera",
    "PICA": "Pinus canariensis",
    "PICH": "Pistacia chinensis",
    "PIHA": "Pinus halepensis",
    "PIRA": "Pinus radiata",
    "PLAC": "Platanus acerifolia",
    "PLRA": "Platanus racemosa",
    "PRCE": "Prunus cerasifera",
    "PYKA": "Pyrus kawakamii",
    "QUAG": "Quercus agrifolia",
    "QUIL2": "Quercus ilex",
    "QULO": "Quercus lobata",
    "QUSU": "Quercus suber",
    "SCMO": "Schinus molle",
    "SESE": "Sequoia sempervirens",
    "ULPA": "Ulmus parvifolia",
    "UMCA": "Umbellularia californica",
    "WARO": "Washingtonia robusta",
}


@pytest.fixture(scope="module")
def california() -> pd.DataFrame:
    """Trees of the species above with a diameter within one equation's reach, and our biomass beside theirs."""
    trees = pd.read_csv(Path(SHARED) / "sinks" / "urban_tree_carbon_california.csv")
    trees = trees[trees.species_code.isin(CODES) & (trees.dbh_cm > 0) & (trees.height_m > 0)]
    taxon = urban_trees.identify([CODES[code] for code in trees.species_code]).taxon
    # theirs has forest equations for some oaks and no reduction for trees of the open
    ours = urban_trees.biomass(trees.dbh_cm.to_numpy(), taxon, trees.height_m.to_numpy(), adjusted=False)
    return trees.assign(ours=ours, off=np.abs(ours / trees.dry_biomass_kg - 1))


def test_most_trees_weigh_what_the_forest_service_says(california: pd.DataFrame):
    """Within a thousandth; the others are those that its programme cut to the diameters it had measured."""
    assert len(california) > 1300
    assert (california.off < 1e-3).mean() > 0.95


def test_each_species_weighs_what_the_forest_service_says(california: pd.DataFrame):
    median = california.groupby("species_code").off.median()
    assert set(median.index) == set(CODES)
    assert (median < 1e-3).all(), median[median >= 1e-3]


def test_a_whole_stand_weighs_within_a_few_percent(california: pd.DataFrame):
    kept = california[california.off < 0.5]
    assert kept.ours.sum() / kept.dry_biomass_kg.sum() == pytest.approx(1.0, abs=0.05)


def test_our_growth_lies_where_the_forest_service_s_uptake_puts_it(california: pd.DataFrame):
    """Their yearly CO2 over their stock gives each tree's growth: the median lies between that of open-grown trees at
    153 frost-free days and that of a year without frost, as it should in California."""
    trees = california[(california.dry_biomass_kg > 1) & (california.dbh_cm > 2.5)]
    share = trees.co2_kg_per_year / (trees.dry_biomass_kg / 0.78 * 0.5 * 3.67)
    growth = trees.dbh_cm * ((1 - share.clip(upper=0.9)) ** (-1 / 2.310647) - 1)
    low, high = (urban_trees.diameter_growth("open", days).mean for days in (153.0, 365.0))
    assert low < growth.median() < high


def test_vancouver_s_street_trees():
    """92,389 trees, 63 of diameter 0 and some of up to 8 m: set aside with the reason; the rest measured."""
    books = pd.read_parquet(Path(SHARED) / "sinks" / "vancouver_street_trees.parquet")
    names = (books.genus + " " + books.species).to_numpy(dtype=object)
    dbh = books.diameter_inch.to_numpy() * 2.54
    screened = urban_trees.screen(dbh, names)
    reasons = pd.Series(screened.reason[~screened.accepted]).value_counts()
    assert reasons["diameter is not above 0 cm"] == (books.diameter_inch <= 0).sum()
    assert set(reasons.index) <= {
        "diameter is not above 0 cm",
        "diameter is above 300 cm",
        "a palm's height is missing",
    }
    assert screened.accepted.mean() > 0.999
    found = urban_trees.identify(names[screened.accepted])
    assert 0.6 < np.mean(found.rank != "general") < 1.0
    growth = urban_trees.diameter_growth().mean
    street = urban_trees.stand(dbh[screened.accepted], names[screened.accepted], growth_cm=growth)
    per_tree = street.mean / screened.accepted.sum() * 1000
    assert 10 < per_tree < 80, "kg CO2 a tree and year"
    assert 0.15 < street.sd / street.mean < 0.35, "the equations' own error doesn't average out"
