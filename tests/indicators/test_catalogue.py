"""The catalogue: every indicator has a formula that holds, and a person's own file is checked field by field."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from carbonpolis.errors import BadInput
from carbonpolis.evaluate.score import Framework
from carbonpolis.indicators import catalogue
from carbonpolis.indicators.formula import Formula
from carbonpolis.indicators.seventeen import CityFacts, compute
from carbonpolis.indicators.units import unit

OWN = {
    "symbol": "X1",
    "name": "roof solar",
    "name_zh": "屋顶光伏",
    "pillar": "energy",
    "unit": "GWh/year",
    "scored_form": "solar per head",
    "scored_unit": "GJ/year/person",
    "direction": "1",
    "formula": "solar / population",
    "missing": "M1 M3",
    "low": "0",
    "high": "10",
    "ambiguity": "",
    "source": "city utility",
    "inputs": "solar [GWh/year]; population [person]",
    "expression": "solar / population",
}


def write(path: Path, *rows: dict[str, str]) -> Path:
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_seventeen_and_eleven_each_with_two_names_a_source_and_a_formula_that_fits_its_unit() -> None:
    assert len(catalogue.load()) == 17
    assert len(catalogue.domains()) == 11
    for each in catalogue.everything():
        assert each.compiled()
        assert each.name_zh
        assert each.source
        assert each.low < each.high


def test_the_domain_framework_scores_what_the_catalogue_defines() -> None:
    defined = {each.symbol: (each.pillar, each.direction, each.low, each.high) for each in catalogue.domains()}
    for leaf in Framework.load("domains").leaves:
        assert defined[leaf.symbol] == (leaf.parent, leaf.direction, leaf.low, leaf.high)


def test_formulas_say_what_the_platform_computes() -> None:
    facts = CityFacts(
        city="c",
        year=2020,
        population=1e6,
        gdp_musd_ppp=40_000,
        direct_t=4e6,
        outside_t=1e6,
        indirect_t=5e5,
        removals_t=2e5,
        offset_t=1e5,
        removals_since=[(2010, 2e5)],
        direct_by_year={year: 4.2e6 - 1e4 * (year - 2005) for year in range(2005, 2021)},
        local_demand_t=3e6,
        export_demand_t=1e4,
        supply_t=2e6,
        functions=0.8,
        trading_rank=0.5,
        reducible_t=1e6,
        wasteland_ha=100.0,
        wasteland_removal_t=800.0,
        firms_trading=5.0,
        firms_eligible=20.0,
        adults_with_account=0.1,
    )
    found = compute(facts)
    given = pd.DataFrame(
        {
            "removals": [2e5],
            "population": 1e6,
            "direct": 4e6,
            "outside": 1e6,
            "indirect": 5e5,
            "value_added": 40_000,
            "accumulated_net": found["S14"].value,
            "offset": 1e5,
            "net": 5.3e6,
            "emissions": 5.5e6,
            "local_demand": 3e6,
            "local_supply": 2e6,
            "export_demand": 1e4,
            "functions_present": 0.8,
            "trading_percent_rank": 0.5,
            "wasteland_potential": 800.0,
            "reducible": 1e6,
            "firms_trading": 5,
            "firms_eligible": 20,
            "adults_with_account": 0.1,
        },
        index=["c"],
    )
    by_symbol = {each.symbol: each for each in catalogue.load()}
    for symbol in ("S11", "S12", "S13", "S14", "S15", "S24", "S25", "S28", "S31", "S32", "S33"):
        assert by_symbol[symbol].evaluate(given)["c"] == pytest.approx(found[symbol].scored), symbol
    growth = pd.DataFrame({"net_slope": [-1e4], "emissions": 4.05e6}, index=["c"])
    assert by_symbol["S16"].evaluate(growth)["c"] == pytest.approx(found["S16"].scored)


def test_units_are_turned_into_each_other() -> None:
    energy = Formula.parse(
        "energy / population", {"energy": "GWh/year", "population": "thousand person"}, "GJ/year/person"
    )
    assert energy(energy=1.0, population=1.0) == pytest.approx(3.6)
    assert unit("t CO2e/year").dimensions == unit("kg CO2/day").dimensions
    assert unit("%").scale == 0.01


def test_what_has_no_value_is_missing() -> None:
    formula = Formula.parse("a / b", {"a": "t", "b": "t"}, "share")
    assert np.isnan(formula(a=[1, 1, np.nan], b=[0, 2, 1])).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("__import__('os').system('ls')", "not allowed"),
        ("a.real", "not allowed"),
        ("[a for a in b]", "not allowed"),
        ("a if b else a", "not allowed"),
        ("lambda: a", "not allowed"),
        ("open(a)", "no function 'open'"),
        ("a @ b", "MatMult is not allowed"),
        ("a ** 99", "no power from 1 to 9"),
        ("a ** b", "no power from 1 to 9"),
        ("c", "no input 'c'"),
        ("a + b", "can't be added"),
        ("log(a)", "without a unit"),
        ("min(a, b)", "different units"),
        ("a", "the unit 't/person'"),
        ("a +", "no formula"),
        ("+".join(["a"] * 400), "characters"),
        ("(" * 60 + "a" + ")" * 60 + "/b" * 40, "brackets"),
    ],
)
def test_a_formula_can_do_arithmetic_and_nothing_else(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Formula.parse(text, {"a": "t", "b": "person"}, "t/person")


def test_a_persons_own_indicator_joins(tmp_path: Path) -> None:
    mine = catalogue.everything(write(tmp_path / "own.csv", OWN))[-1]
    assert (mine.symbol, mine.name_zh, mine.direction) == ("X1", "屋顶光伏", 1)
    cities = pd.DataFrame({"solar": [2.0, np.nan], "population": [7200, 100]}, index=["a", "b"])
    assert mine.evaluate(cities).tolist() == pytest.approx([1.0, np.nan], nan_ok=True)
    with pytest.raises(ValueError, match="X1 needs the column population"):
        mine.evaluate(cities[["solar"]])


def test_every_fault_of_an_own_file_is_told_at_once(tmp_path: Path) -> None:
    rows = [
        {**OWN, "source": ""},
        {**OWN, "symbol": "S12"},
        {**OWN, "symbol": "X2", "direction": "up"},
        {**OWN, "symbol": "X3", "low": "5", "high": "5"},
        {**OWN, "symbol": "X4", "expression": "solar"},
        {**OWN, "symbol": "X5", "missing": "M9"},
        {**OWN, "symbol": "X6", "inputs": "solar GWh"},
        {**OWN, "symbol": "X7", "low": "few"},
    ]
    with pytest.raises(BadInput) as told:
        catalogue.everything(write(tmp_path / "own.csv", *rows))
    places = [(fault.row, fault.column) for fault in told.value.faults]
    assert places == [
        (2, "source"),
        (3, "symbol"),
        (4, "direction"),
        (5, "low"),
        (6, "expression"),
        (7, "missing"),
        (8, "expression"),
        (9, "low, high"),
    ]
    (tmp_path / "short.csv").write_text("symbol,name\nX1,a\n", encoding="utf-8")
    with pytest.raises(BadInput, match="these columns"):
        catalogue.everything(tmp_path / "short.csv")
