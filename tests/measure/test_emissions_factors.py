"""The packaged tables: GPC references, factors, warming potentials, units."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd
import pytest

from carbonpolis.errors import BadInput
from carbonpolis.measure import emissions
from carbonpolis.measure.emissions.factors import combine, combined, gpc, potential, recalled
from carbonpolis.measure.emissions.units import convert, named_units, unit

MWH, LITRE = unit("MWh"), unit("L")
assert MWH is not None
assert LITRE is not None

CATEGORIES = {
    *("organisms", "transport", "construction_industry", "fossil_energy", "burning_waste"),
    *("electricity_heat", "energy", "food", "clothing", "housing", "services"),
}


def test_every_cell_of_the_protocol_is_there_once() -> None:
    cells = [f"I.{i}.{s}" for i in range(1, 7) for s in (1, 2, 3)] + ["I.4.4", "I.7.1", "I.8.1"]
    cells += [f"II.{i}.{s}" for i in range(1, 5) for s in (1, 2, 3)] + ["II.5.1", "II.5.2"]
    cells += [f"III.{i}.{s}" for i in range(1, 5) for s in (1, 2, 3)]
    cells += ["IV.1", "IV.2", "V.1", "V.2", "V.3", "VI.1"]
    assert sorted(emissions.references()) == sorted(cells)


def test_parts_follow_scopes() -> None:
    table = gpc()
    assert (table["part"] == "direct").tolist() == (table["scope"] == 1).tolist()
    assert table.loc[table["part"] == "indirect_services", "gpc_ref"].tolist() == ["VI.1"]
    assert set(table["category"]) <= CATEGORIES
    never_basic = table["gpc_ref"].str.fullmatch(r"I\.4\.4|III\.\d\.3")
    assert set(table.loc[never_basic, "level"]) == {"territorial"}
    assert not (table.loc[~never_basic, "level"] == "territorial").any()


def test_a_factor_adds_its_gases_by_warming_potential() -> None:
    # EPA hub 2021 table 1, natural gas: 53.06 kg CO2, 1 g CH4, 0.1 g N2O per mmBtu; AR5: CH4 28, N2O 265.
    known = combined("AR5").set_index(["activity", "dimension"])
    per_mmbtu = (53.06 + 0.001 * 28 + 0.0001 * 265) / 1000
    per_mwh = known.loc[("natural gas", MWH.dimension), "t_per_base"] * MWH.to_base
    assert per_mwh == pytest.approx(per_mmbtu / 0.29307107)


def test_wood_counts_methane_and_nitrous_oxide_alone() -> None:
    table = emissions.factors_table()
    assert set(table.loc[table["activity"] == "wood", "gas"]) == {"CH4 non-fossil", "N2O", emissions.BIOGENIC}
    assert potential("AR6")[emissions.BIOGENIC] == 0


def test_one_figure_in_two_units_agrees() -> None:
    # Each fuel is published per heat and per volume or mass; a gallon of diesel holds 0.138 mmBtu (EPA hub table 1).
    known = combined("AR6").set_index(["activity", "dimension"])["t_per_base"]
    per_gallon = known[("diesel", LITRE.dimension)] * LITRE.to_base * 3.785411784
    assert per_gallon / (known[("diesel", MWH.dimension)] * MWH.to_base * 0.29307107) == pytest.approx(0.138, rel=0.002)


def test_ranges_hold_their_values_and_every_row_says_whence() -> None:
    table = emissions.factors_table()
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    assert set(table["checked"]) <= {"sourced", "compiled", "recalled", "ours"}
    assert set(table["unit"]) <= set(named_units())
    assert set(table["activity"]) == set(emissions.activities_table().index)


def test_unknown_potentials_list_what_there_is() -> None:
    assert potential("AR6")["CH4"] == 27.9
    with pytest.raises(ValueError, match="AR4, AR5, AR5 feedback, AR6"):
        potential("AR7")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"unit": "bucket"}, "a unit among"),
        ({"gas": "argon"}, "a gas among"),
        ({"low": 2.0, "value": 1.0}, "low <= value"),
    ],
)
def test_own_factors_that_do_not_do_are_named(change: dict[str, object], told: str) -> None:
    own = {"activity": "peat", "unit": "t", "gas": "CO2", "value": 1.0, "low": 1.0, "high": 1.0}
    own |= {"region": "*", "source": "a test"}
    with pytest.raises(ValueError, match=told):
        combine(pd.DataFrame([{**own, **change}]), "AR6")
    with pytest.raises(ValueError, match="one factor"):
        combine(pd.DataFrame([own, {**own, "unit": "kg"}]), "AR6")
    with pytest.raises(ValueError, match="lack gas"):
        combine(pd.DataFrame([own]).drop(columns="gas"), "AR6")


def test_methane_and_refrigerants_by_report() -> None:
    # GWP100: AR4 table 2.14; AR5 table 8.A.1 and, with feedback, table 8.7; AR6 table 7.SM.7.
    assert [potential(report)["CH4"] for report in ("AR4", "AR5", "AR5 feedback", "AR6")] == [25, 28, 34, 27.9]
    assert [potential(report)["N2O"] for report in ("AR4", "AR5", "AR5 feedback", "AR6")] == [298, 265, 298, 273]
    assert [potential(report)["HFC134a"] for report in ("AR4", "AR5", "AR6")] == [1430, 1300, 1530]
    assert potential("AR5")["SF6"] == 23500


def test_remembered_figures_stand_apart() -> None:
    """Nobody may take for verified what was only remembered: each such row says so, and this is their list."""
    table, listed = emissions.factors_table(), recalled()
    assert len(listed[listed["table"].str.startswith("factors/")]) == (table["checked"] == "recalled").sum()
    assert listed["source"].str.contains("remembered").all()
    told = ", ".join(listed["what"].str.split(",").str[0].unique())
    warnings.warn(f"{len(listed)} figures of emissions are recalled, not verified: {told}", stacklevel=1)
    sourced = table[table["checked"] == "sourced"]
    assert not sourced["source"].str.contains("remembered|not compared").any()
    assert table.loc[table["checked"] == "compiled", "source"].str.contains("not compared").all()


@pytest.mark.parametrize(
    ("amount", "found", "wanted", "expected"),
    [
        (1.0, "GWh", "TJ", 3.6), (1.0, "mmBtu", "GJ", 1.05505585262), (1.0, "toe", "GJ", 41.868),
        (1.0, "barrel", "gal", 42.0), (1.0, "short ton", "lb", 2000.0), (1.0, "kt CO2e", "tCO2e", 1000.0),
        (1.0, "vehicle mile", "vehicle km", 1.609344), (2.5, "MJ", "kWh", 2.5 / 3.6), (1.0, "ha", "m2", 1e4),
    ],
)  # fmt: skip
def test_units_convert(amount: float, found: str, wanted: str, expected: float) -> None:
    assert convert(amount, found, wanted) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["ton", "Nm3", "degC", "bucket", "", "MBtu", "CO2e"])
def test_what_is_no_unit_or_several_is_refused(name: str) -> None:
    assert unit(name) is None


def test_a_wrong_dimension_names_both() -> None:
    with pytest.raises(ValueError, match="'t' is a unit of mass, 'MWh' of energy"):
        convert(1.0, "t", "MWh")


def test_own_factors_from_a_file(tmp_path: Path) -> None:
    good = tmp_path / "mine.csv"
    good.write_text("activity,unit,gas,value,region,source\npeat briquettes,t,CO2,1800,IE,a supplier\n")
    assert emissions.read_factors(good)["high"].tolist() == [1800.0]
    rows = pd.DataFrame([("IE-DUB", 2020, "I.1.1", "peat briquettes", "t", 10.0)])
    rows.columns = ["city", "year", "gpc_ref", "activity", "unit", "amount"]
    least = pd.read_csv(good).drop(columns="region")  # a value and its source are enough
    for factors in (good, str(good), least):
        assert emissions.inventory(rows, factors).total().mean == pytest.approx(18.0)
    bad = tmp_path / "bad.csv"
    bad.write_text("activity,unit,gas,value,source\npeat,bucket,argon,-1,\n")
    with pytest.raises(BadInput) as told:
        emissions.read_factors(bad)
    found = [(fault.row, fault.column) for fault in told.value.faults]
    assert found == [(2, "value"), (2, "low"), (2, "high"), (2, "unit"), (2, "gas"), (2, "source")]


def test_a_factor_in_co2e_and_its_own_gases_are_not_added(tmp_path: Path) -> None:
    """CityCatalyst#1357, Open-Emission-Factors-DB#90: an activity as kg CO2e, and again as the gases in it."""
    twice = tmp_path / "mine.csv"
    head, carbon, whole = (
        "activity,unit,gas,value,region,source\n",
        "grid electricity,MWh,CO2,368.3,*,a notice\n",
        "grid electricity,MWh,CO2e,370,*,a notice\n",
    )
    twice.write_text(head + carbon + whole)
    with pytest.raises(BadInput) as told:
        emissions.read_factors(twice)
    (fault,) = told.value.faults
    assert (fault.row, fault.column) == (2, "gas")
    assert "rows 2 and 3 have both" in fault.expected
    twice.write_text(head + whole + whole)
    with pytest.raises(BadInput) as told:
        emissions.read_factors(twice)
    assert [(fault.row, fault.expected) for fault in told.value.faults] == [(3, "each gas once; row 2 has it")]
    both = pd.DataFrame([("peat", "t", gas, 1.0, "a test") for gas in ("CO2", "CO2e")])
    both.columns = ["activity", "unit", "gas", "value", "source"]
    with pytest.raises(ValueError, match="CO2e holds CO2"):
        combine(both, "AR6")
    fluorine = both.assign(gas=["SF6", "CO2e"])
    assert combine(fluorine, "AR6")["t_per_base"].tolist() == pytest.approx([(25200 + 1) / 1e6])
