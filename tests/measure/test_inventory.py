"""Inventories: what is burnt and reported becomes tonnes, line by line."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonpolis.errors import BadInput
from carbonpolis.measure import emissions

HEAD = ["city", "year", "gpc_ref", "activity", "unit", "amount"]
Row = tuple[str, int, str, str, str, object]


def frame(*rows: Row) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=HEAD)


def reported(gpc_ref: str, amount: object, city: str = "US-MSP") -> Row:
    return (city, 2020, gpc_ref, emissions.REPORTED, "t CO2e", amount)


def test_natural_gas_in_any_unit_of_heat_or_volume() -> None:
    # EPA hub 2021 table 1: 53.06 kg CO2, 1 g CH4, 0.1 g N2O per mmBtu; AR6: CH4 27.9, N2O 273. 1 GJ = 0.947817 mmBtu.
    per_mmbtu = (53.06 + 0.001 * 27.9 + 0.0001 * 273) / 1000
    gas = [("US-MSP", 2020, "I.1.1", "natural gas", unit, 1000.0) for unit in ("mmBtu", "GJ", "MWh", "kWh", "m3")]
    lines = emissions.inventory(frame(*gas)).lines
    expected = [1000 * per_mmbtu * share for share in (1, 0.947817, 3.412142, 0.003412142)]
    assert lines["emissions_t"].tolist()[:4] == pytest.approx(expected, rel=1e-6)
    assert lines["emissions_t"][4] == pytest.approx(1.92, rel=0.01)  # 1000 m3 at 0.05444 kg CO2 per scf


def test_electricity_takes_the_factor_of_its_country() -> None:
    rows = [(city, 2020, "I.2.2", "grid electricity", "MWh", 1000.0) for city in ("SE-STO", "PL-WAW")]
    lines = emissions.inventory(frame(*rows)).lines
    assert lines["emissions_t"].tolist() == pytest.approx([40.695, 661.926])
    assert lines["part"].tolist() == ["outside_production"] * 2
    assert lines["factor_source"].str.contains("Ember").all()


def test_a_reported_figure_is_itself() -> None:
    given_sd = frame(reported("I.1.1", 1000.0), reported("I.3.1", 1000.0)).assign(amount_sd=[None, 20.0])
    lines = emissions.inventory(given_sd).lines
    assert lines["factor"].tolist() == [1.0, 1.0]
    assert lines["sd_t"].tolist() == pytest.approx([50.0, 20.0], rel=1e-4)


def test_relative_variances_of_amount_and_factor_add() -> None:
    # IPCC 2006 vol. 1 eq. 3.1, Swedish electricity: 15 % half-width is 15/1.96 %; the amount's sd is 10 %.
    row = frame(("SE-STO", 2020, "I.1.2", "grid electricity", "MWh", 1000.0)).assign(amount_sd=100.0)
    line = emissions.inventory(row).lines.iloc[0]
    assert line["sd_t"] / line["emissions_t"] == pytest.approx(math.hypot(0.10, 0.15 / 1.959964), rel=1e-6)


def test_lines_of_one_reference_add_up() -> None:
    twice = emissions.inventory(frame(reported("I.1.1", 300.0), reported("I.1.1", 400.0)))
    assert len(twice.lines) == 2
    assert twice.by("gpc_ref").loc["I.1.1"].tolist() == pytest.approx([700.0, 25.0], rel=1e-4)  # sd: hypot(15, 20)


def test_notation_keys() -> None:
    keys = emissions.inventory(
        frame(
            reported("I.1.1", 10.0), reported("IV.1", "NO"), reported("II.4.3", "NE"), reported("III.3.1", "IE"),
            reported("I.8.1", "C"),
        ).assign(amount_sd=1.0)
    )  # fmt: skip
    assert keys.lines["emissions_t"].tolist()[:2] == [10.0, 0.0]
    assert keys.lines["sd_t"].tolist()[:2] == [1.0, 0.0]
    assert keys.missing["gpc_ref"].tolist() == ["II.4.3", "III.3.1", "I.8.1"]
    assert keys.total().mean == 10.0
    assert keys.total().sd == 1.0
    assert keys.by("gpc_ref").loc["IV.1", "emissions_t"] == 0.0
    assert math.isnan(keys.by("gpc_ref").loc["II.4.3", "emissions_t"])


def test_levels_of_the_protocol() -> None:
    whole = emissions.inventory(
        frame(
            reported("I.1.1", 1.0), reported("I.1.2", 2.0), reported("I.1.3", 4.0), reported("I.4.4", 8.0),
            reported("III.1.2", 16.0), reported("III.1.3", 32.0), reported("V.1", 64.0), reported("VI.1", 128.0),
        )
    )  # fmt: skip
    assert whole.basic.mean == 1 + 2 + 16
    assert whole.basic_plus.mean == 1 + 2 + 16 + 4 + 64
    assert whole.territorial.mean == 1 + 8 + 32 + 64
    assert whole.total("direct").mean == 1 + 8 + 32 + 64
    assert whole.total("outside_production").mean == 2 + 4 + 16
    assert whole.total("indirect_services").mean == 128
    with pytest.raises(ValueError, match="choose from direct"):
        whole.total("elsewhere")
    with pytest.raises(ValueError, match="choose from part"):
        whole.by("street")


def test_own_power_counted_on_both_sides_is_told() -> None:
    rows = [reported("I.4.4", 5.0), reported("I.1.2", 2.0), reported("I.2.2", 2.0), reported("I.2.2", 1.0)]
    both = emissions.inventory(frame(*rows, reported("I.1.2", 2.0, "SE-STO"))).overlaps
    assert both[["city", "one", "other"]].to_numpy().tolist() == [
        ["US-MSP", "I.4.4", "I.1.2"],
        ["US-MSP", "I.4.4", "I.2.2"],
    ]
    assert emissions.inventory(frame(reported("I.4.4", 0.0), reported("I.1.2", 2.0))).overlaps.empty


def test_further_columns_are_carried_along_unchanged() -> None:
    rows = frame(reported("I.3.1", 5.0), reported("IV.1", 6.0)).assign(account=["E-1", ""], region="north", base=7)
    lines = emissions.inventory(rows.set_axis([10, 3])).lines
    assert lines["account"].tolist() == ["E-1", ""]
    assert lines["region"].tolist() == ["north", "north"]
    assert lines["base"].tolist() == [7, 7]
    assert lines.index.tolist() == [0, 1]


def test_an_own_factor_goes_before_every_packaged_one() -> None:
    own = pd.DataFrame(
        [("grid electricity", "MWh", "CO2e", 100.0, 100.0, 100.0, "*", "a contract")],
        columns=["activity", "unit", "gas", "value", "low", "high", "region", "source"],
    )
    row = frame(("PL-WAW", 2020, "I.1.2", "grid electricity", "kWh", 1000.0))
    line = emissions.inventory(row, factors=own).lines.iloc[0]
    assert (line["emissions_t"], line["sd_t"], line["source"]) == (pytest.approx(0.1), 0.0, "a contract")


@pytest.mark.parametrize(
    ("row", "column", "found", "expected"),
    [
        (("US-MSP", 2020, "I.1.1", "natural gas", "t", 1.0), "unit", "t", "a unit of natural gas: MWh"),
        (("US-MSP", 2020, "I.1.1", "unicorn oil", "t", 1.0), "activity", "unicorn oil", "one of natural gas"),
        (("XX-ABC", 2020, "I.1.2", "grid electricity", "MWh", 1.0), "activity", "grid electricity", "US"),
        (reported("I.9.9", 1.0), "gpc_ref", "I.9.9", "a GPC reference"),
        (reported("I.1.1", -5.0), "amount", "-5.0", "0 or more"),
        (reported("I.1.1", None), "amount", "", "0 or more"),
        (reported("I.1.1", math.nan), "amount", "", "0 or more"),
        (reported("I.1.1", math.inf), "amount", "inf", "0 or more"),
        (reported("I.1.1", "a lot"), "amount", "a lot", "NO, NE, IE, C"),
        (reported("I.1.1", 1.0, "Minneapolis"), "city", "Minneapolis", "a city code"),
    ],
)
def test_what_is_wrong_is_named_with_its_row(row: Row, column: str, found: str, expected: str) -> None:
    activities = frame(reported("I.1.1", 1.0), row)
    (fault,) = emissions.faults(activities, "mine.csv")
    assert (fault.file, fault.row, fault.column, fault.found) == ("mine.csv", 3, column, found)
    assert expected in fault.expected
    with pytest.raises(BadInput, match="row 3"):
        emissions.inventory(activities)


def test_every_fault_at_once_by_the_rows_of_the_file() -> None:
    activities = frame(reported("I.9.9", -1.0), reported("I.1.1", 1.0)).assign(row=[7, 9], amount_sd=["", -3.0])
    told = [(fault.row, fault.column) for fault in emissions.faults(activities, "mine.csv")]
    assert told == [(7, "gpc_ref"), (7, "amount"), (9, "amount_sd")]
    (fault,) = emissions.faults(activities.drop(columns="unit"), "mine.csv")
    assert fault.column == "unit"


def test_a_blank_source_takes_the_factors() -> None:
    gas = [("US-MSP", 2020, "I.1.1", "natural gas", "MWh", amount) for amount in (1.0, 2.0, 3.0)]
    rows = frame(*gas).assign(source=["a bill", "", None])
    lines = emissions.inventory(rows).lines
    assert lines["source"][0] == "a bill"
    assert lines["source"][1:].str.contains("US EPA").all()


def named(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows told apart by their source, so that none repeats another."""
    return rows.assign(source=[f"bill {number}" for number in range(len(rows))])


rows = st.lists(
    st.builds(
        lambda placed, amount: ("US-MSP", 2020, *placed, amount),
        st.sampled_from(
            [("natural gas", "MWh"), ("diesel", "L"), (emissions.REPORTED, "t CO2e"), ("wood", "t")]
        ).flatmap(lambda kind: st.sampled_from([(reference, *kind) for reference in emissions.places(kind[0])])),
        st.one_of(st.floats(0, 1e9), st.sampled_from(["NO", "NE", "IE", "C"])),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=30, deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(drawn: list[Row], chance: object) -> None:
    mixed = drawn.copy()
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = (emissions.inventory(named(frame(*rows))) for rows in (drawn, mixed))
    assert one.lines["gpc_ref"].tolist() == [row[2] for row in drawn]
    assert one.total().mean == pytest.approx(other.total().mean)
    assert one.total().sd == pytest.approx(other.total().sd)


@settings(max_examples=30, deadline=None)
@given(rows)
def test_parts_categories_scopes_and_references_all_add_up_to_the_total(drawn: list[Row]) -> None:
    whole = emissions.inventory(named(frame(*drawn)))
    parts = [whole.total(part) for part in ("direct", "outside_production", "indirect_services")]
    assert sum(part.mean for part in parts) == pytest.approx(whole.total().mean)
    # parts that share a factor err together: never less than if they did not, never more than their sum
    low, high = np.hypot.reduce([part.sd for part in parts]), sum(part.sd for part in parts)
    assert low * (1 - 1e-9) <= whole.total().sd <= high * (1 + 1e-9) + 1e-12
    for way in ("part", "category", "scope", "gpc_ref"):
        assert whole.by(way)["emissions_t"].sum() == pytest.approx(whole.total().mean)
