"""The packaged tables: GPC references, factors, warming potentials, units."""

from __future__ import annotations

import pandas as pd
import pytest

from carbonpolis.measure import emissions
from carbonpolis.measure.emissions.factors import combine, combined, conversions, gpc, potential

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
    known = combined("AR5").set_index(["activity", "base"])
    per_mmbtu = (53.06 + 0.001 * 28 + 0.0001 * 265) / 1000
    assert known.loc[("natural gas", "MWh"), "t_per_base"] == pytest.approx(per_mmbtu / 0.29307107)


def test_wood_counts_methane_and_nitrous_oxide_alone() -> None:
    table = emissions.factors_table()
    assert set(table.loc[table["activity"] == "wood", "gas"]) == {"CH4", "N2O"}


def test_one_figure_in_two_units_agrees() -> None:
    # Each fuel is published per heat and per volume or mass; a gallon of diesel holds 0.138 mmBtu (EPA hub table 1).
    known = combined("AR6").set_index(["activity", "base"])["t_per_base"]
    per_gallon = known[("diesel", "L")] * 3.785411784
    assert per_gallon / (known[("diesel", "MWh")] * 0.29307107) == pytest.approx(0.138, rel=0.002)


def test_ranges_hold_their_values_and_every_row_says_whence() -> None:
    table = emissions.factors_table()
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    assert set(table["checked"]) == {"sourced", "ours"}
    assert set(table["unit"]) <= set(conversions()["unit"])


def test_unknown_potentials_list_what_there_is() -> None:
    assert potential("AR6")["CH4"] == 27.9
    with pytest.raises(ValueError, match="AR4, AR5, AR6"):
        potential("AR7")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"unit": "barrel"}, "a unit among"),
        ({"gas": "SF6"}, "a gas among"),
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
