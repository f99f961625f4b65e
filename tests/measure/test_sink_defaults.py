"""Every default of the sink models names its document and table; what is stated from memory is listed, not hidden."""

from __future__ import annotations

import re
import warnings

import pytest

from carbonpolis.data import table
from carbonpolis.measure.sinks.parameters import (
    expansion,
    forest_growth,
    forest_stock,
    parameter,
    soil_climates,
    soil_factor,
)

CHECKED = {"yes", "value", "recalled", "ours"}
TABLES = ("sinks", "sinks_forest", "sinks_soil", "sinks_bcef", "urban_equations", "urban_trees", "deduction_steps")
ROWS = [row for name in TABLES for row in table(name)]
RANGES = [row for name in ("sinks", "sinks_soil", "sinks_bcef") for row in table(name)]
FOREST = [row for row in table("sinks_forest") if row["age_class"]]
GUIDELINES = re.compile(r"(ch\. \d+|AR6 WG1|AR-TOOL1\d|ART TREES).*(table|eq\.|s\. \d|appendix \d)")
PAPER = re.compile(r"\b(19|20)\d\d\b.*(\w+\. \d+:\d+|-GTR-\d+|Tech\. Rep\. \d+|-RN-\d+)|PSW-GTR-253")


def name_of(row: dict[str, str]) -> str:
    columns = ("parameter", "rule", "up_to", "climate", "zone", "kind", "stock_below", "key", "ecological_zone")
    return " ".join(
        row.get(c) or "" for c in (*columns, "continent", "age_class", "taxon", "equation", "source")
    ).strip()


def label(row: dict[str, str]) -> str:
    return name_of({**row, "source": ""})


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_a_default_names_document_and_table_or_says_that_it_is_ours(row: dict[str, str]):
    assert row["checked"] in CHECKED
    source = row["source"]
    told = GUIDELINES.search(source) or PAPER.search(source) or "vol. 4 table 4.1;" in source
    assert told or (row["checked"] == "ours" and "ours" in source)


@pytest.mark.parametrize("row", RANGES, ids=label)
def test_a_default_lies_in_its_range(row: dict[str, str]):
    assert float(row["low"]) <= float(row["value"]) <= float(row["high"])
    assert row["unit"]


@pytest.mark.parametrize("row", FOREST, ids=label)
def test_growth_roots_and_stock_lie_in_their_ranges(row: dict[str, str]):
    """Growth may be below zero in old stands, and its range may reach below zero: the 2019 tables' own."""
    assert float(row["low"]) <= float(row["growth"]) <= float(row["high"])
    assert row["age_class"] == "primary" or float(row["growth"]) > 0
    assert 0 <= float(row["root_shoot_low"]) <= float(row["root_shoot"]) <= float(row["root_shoot_high"])
    if row["stock_low"]:
        assert 0 <= float(row["stock_low"]) <= float(row["stock"]) <= float(row["stock_high"])


def test_no_default_stands_twice():
    names = [name_of(row) for row in ROWS]
    assert len(names) == len(set(names))


def test_recalled_figures_are_shown_at_each_run():
    """Nobody may take them for verified. More of them than today is a step back: verify, then lower the number."""
    recalled = [label(row) for row in ROWS if row["checked"] == "recalled"]
    warnings.warn(f"{len(recalled)} sink defaults are recalled, not verified: {', '.join(recalled)}", stacklevel=1)
    assert len(recalled) <= 29
    assert len(recalled) < 0.04 * len(ROWS)


def test_growth_by_continent_is_that_of_the_paper_behind_the_2019_table():
    """Requena Suarez et al. 2019, Glob. Change Biol. 25:3609, abstract, tropical rainforest, Mg/ha/year: 3.4 (Asia) to
    7.6 (Africa) up to 20 years, 2.3 (Americas) to 3.5 (Africa) above, 0.7 (Asia) to 1.3 (Africa) in old growth."""
    printed = {
        ("young", "asia"): 3.4,
        ("young", "africa"): 7.6,
        ("old", "americas"): 2.3,
        ("old", "africa"): 3.5,
        ("primary", "asia"): 0.7,
        ("primary", "africa"): 1.3,
    }
    for (age, continent), growth in printed.items():
        assert forest_growth("tropical_rain_forest", age, continent)[0].mean == pytest.approx(growth)


def test_without_a_continent_growth_is_not_above_the_lowest_of_them_where_the_2019_table_decides():
    for zone in ("tropical_rain_forest", "tropical_moist_deciduous_forest", "subtropical_humid_forest"):
        for age in ("young", "old"):
            known = [forest_growth(zone, age, c)[0].mean for c in ("africa", "americas", "asia")]
            assert forest_growth(zone, age)[0].mean == min(known)


def test_stocks_are_there_where_the_table_has_them():
    """2019 Refinement table 4.7: primary tropical rainforest of Africa 404.2 t d.m./ha."""
    assert forest_stock("tropical_rain_forest", "primary", "africa").mean == pytest.approx(404.2, abs=0.01)
    with pytest.raises(ValueError, match=r"no default stock"):
        forest_stock("tropical_rain_forest", "planted", "africa")


def test_an_expansion_factor_is_that_of_the_growing_stock():
    """Table 4.5, temperate pines: BCEF_S 1.8 up to 20 m3/ha, 1.0 to 40, 0.75 to 100, 0.7 above."""
    assert expansion("s", "temperate", "pines", [20.0, 20.1, 100.0, 1000.0]).mean.tolist() == [1.8, 1.0, 0.75, 0.7]
    assert expansion("r", "boreal", "larch", 60.0).mean == 0.85
    with pytest.raises(ValueError, match=r"larch"):
        expansion("s", "boreal", "palms", 10.0)
    with pytest.raises(ValueError, match=r"mediterranean"):
        expansion("s", "tropical", "pines", 10.0)


def test_an_unknown_key_lists_the_keys():
    with pytest.raises(ValueError, match=r"tidal_marsh"):
        parameter("coastal_c", "lagoon")
    with pytest.raises(ValueError, match=r"no_till"):
        soil_factor("crop_tillage", "tropical_wet", "laser")
    with pytest.raises(ValueError, match=r"warm_temperate_dry"):
        soil_factor("crop_tillage", "lunar", "full")
    with pytest.raises(ValueError, match=r"old \(americas\)"):
        forest_growth("temperate_continental_forest", "old", "africa")
    assert len(soil_climates()) == 10
