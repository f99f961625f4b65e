"""An inventory read in its ways: choice of factors, shared errors, memo items, overlaps, faults, long tables."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles.inventories import emitted

from carbonpolis.errors import BadInput
from carbonpolis.measure import emissions
from carbonpolis.measure.emissions import codes

HEAD = ["city", "year", "gpc_ref", "activity", "unit", "amount"]


def frame(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=HEAD)


def factor(activity: str, value: float, region: str, year: str) -> dict[str, object]:
    own = {"activity": activity, "unit": "MWh", "gas": "CO2", "value": value, "low": value, "high": value}
    return own | {"region": region, "year": year, "source": f"a test, {region} {year}"}


class TestChoice:
    FACTORS = pd.DataFrame(
        [
            factor("steam", 100.0, "*", ""),
            factor("steam", 200.0, "CN", "2015"),
            factor("steam", 210.0, "CN", "2019-2021"),
            factor("steam", 300.0, "CN-GD", "2020"),
            factor("steam", 400.0, "CN-SZX", "2018"),
        ]
    )

    @pytest.mark.parametrize(
        ("city", "place", "year", "value", "match"),
        [
            ("DE-BER", "", 2020, 100.0, "general, any year"),
            ("CN-BJS", "", 2020, 210.0, "country CN, 2020"),
            ("CN-BJS", "", 2014, 200.0, "country CN, 1 year later"),
            ("CN-BJS", "", 2017, 210.0, "country CN, 2 years later"),
            ("CN-BJS", "", 2024, 210.0, "country CN, 3 years earlier"),
            ("CN-CAN", "CN-GD", 2024, 300.0, "region CN-GD, 4 years earlier"),
            ("CN-SZX", "CN-GD", 2018, 400.0, "city CN-SZX, 2018"),
        ],
    )
    def test_the_closest_in_place_then_in_time(
        self, city: str, place: str, year: int, value: float, match: str
    ) -> None:
        row = frame((city, year, "I.1.2", "steam", "MWh", 1000.0)).assign(place=place)
        line = emissions.inventory(row, factors=self.FACTORS).lines.iloc[0]
        assert (line["factor"] * 1000, line["factor_match"]) == (pytest.approx(value), match)
        assert line["factor_source"].startswith("a test")

    def test_the_choices_are_shown(self) -> None:
        rows = frame(
            ("US-MSP", 2020, "I.1.2", "grid electricity", "MWh", 1.0),
            ("US-MSP", 2020, "I.2.2", "grid electricity", "MWh", 2.0),
        ).assign(place="US-MN")
        (choice,) = emissions.inventory(rows).choices.to_dict("records")
        assert (choice["factor_region"], choice["factor_years"], choice["factor_quality"]) == ("US-MN", "2023", "H")
        assert choice["factor_checked"] == "sourced"
        assert "eGRID" in choice["factor_source"]


class TestUncertainty:
    ROWS = frame(
        ("SE-STO", 2020, "I.1.2", "grid electricity", "MWh", 600.0),
        ("SE-STO", 2020, "I.2.2", "grid electricity", "MWh", 400.0),
    )

    def test_one_factor_errs_once_for_all_its_lines(self) -> None:
        # +-15 % (95 %) of one Swedish factor: 1000 MWh err by 15 %, however many lines they stand in.
        total = emissions.inventory(self.ROWS).total()
        assert total.relative_uncertainty() == pytest.approx(0.15)

    def test_lines_contribute_to_the_variance(self) -> None:
        rows = self.ROWS.assign(amount_sd=[60.0, 0.0])
        shares = emissions.inventory(rows).contributions()
        kw = 40.695 / 1000
        own, common = (60 * kw) ** 2, 1000 * kw * 0.15 / 1.959964
        variance = own + common**2
        assert shares["share"].tolist() == pytest.approx(
            [(own + 0.6 * common**2) / variance, 0.4 * common**2 / variance], rel=1e-5
        )

    def test_drawing_agrees_with_propagation(self) -> None:
        rows = frame(
            ("SE-STO", 2020, "I.1.2", "grid electricity", "MWh", 600.0),
            ("SE-STO", 2020, "I.2.2", "grid electricity", "GWh", 0.4),
            ("SE-STO", 2020, "I.1.1", "natural gas", "MWh", 90.0),
            ("SE-STO", 2020, "IV.1", emissions.REPORTED, "t CO2e", 30.0),
            ("SE-STO", 2020, "IV.2", emissions.REPORTED, "t CO2e", "NE"),
        ).assign(amount_sd=[60.0, 0.02, 9.0, None, None])
        whole = emissions.inventory(rows)
        drawn = whole.monte_carlo(draws=60_000, seed=4)
        assert drawn.estimate.mean == pytest.approx(whole.total().mean, rel=0.002)
        assert drawn.estimate.sd == pytest.approx(whole.total().sd, rel=0.02)
        assert drawn.share == pytest.approx(whole.contributions().sort_index()["share"].to_numpy()[:4], abs=0.01)


class TestReadings:
    def test_ipcc_categories_are_territorial(self) -> None:
        rows = frame(
            ("CN-SZX", 2020, "I.1.1", "natural gas", "MWh", 10.0),
            ("CN-SZX", 2020, "I.1.2", "grid electricity", "MWh", 10.0),
            ("CN-SZX", 2020, "IV.1", "cement clinker", "t", 10.0),
            ("CN-SZX", 2020, "IV.1", "lime, high calcium", "t", 10.0),
            ("CN-SZX", 2020, "V.1", "sheep, enteric", "head", 10.0),
            ("CN-SZX", 2020, "III.1.1", "CH4 emitted", "t", 1.0),
        )
        assert emissions.inventory(rows).by("ipcc").index.tolist() == ["1.A.4.b", "2.A.1", "2.A.2", "3.A.1", "4.A"]

    def test_biogenic_carbon_stands_beside(self) -> None:
        # EPA hub 2021 table 1, wood: 1640 kg CO2, 126 g CH4, 63 g N2O a short ton; AR6 non-fossil methane 27.0.
        whole = emissions.inventory(frame(("US-MSP", 2020, "I.1.1", "wood", "short ton", 1.0)))
        assert whole.total().mean == pytest.approx((0.126 * 27.0 + 0.063 * 273) / 1000)
        assert whole.memo["biogenic_t"].tolist() == [pytest.approx(1.640, rel=1e-3)]

    def test_the_market_based_method_stands_beside_the_location_based(self) -> None:
        rows = frame(
            ("SE-STO", 2020, "I.1.2", "grid electricity", "MWh", 1000.0),
            ("SE-STO", 2020, "I.1.2", "contracted electricity without emissions", "MWh", 700.0),
            ("SE-STO", 2020, "I.1.2", "grid electricity", "MWh", 300.0),
        ).assign(method=["location", "market", "market"])
        whole = emissions.inventory(rows)
        assert whole.basic.mean == pytest.approx(40.695)
        assert whole.market_based is not None
        assert whole.market_based.mean == pytest.approx(0.3 * 40.695)
        assert emissions.inventory(rows.drop(columns="method").iloc[:1]).market_based is None

    def test_data_quality(self) -> None:
        rows = frame(
            ("DE-BER", 2020, "I.1.1", "natural gas", "MWh", 1.0),
            ("DE-BER", 2020, "I.1.2", "grid electricity", "MWh", 1.0),
            ("DE-BER", 2020, "I.2.1", "natural gas", "MWh", 1.0),
            ("DE-BER", 2020, "I.3.1", "natural gas", "MWh", 1.0),
        ).assign(quality=["measured", "estimated", "assumed", "M"])
        lines = emissions.inventory(rows).lines
        assert lines["activity_quality"].tolist() == ["H", "M", "L", "M"]
        assert lines["factor_quality"].tolist() == ["L", "M", "L", "L"]

    def test_gases_apart(self) -> None:
        rows = frame(
            ("US-MSP", 2020, "I.1.1", "natural gas", "mmBtu", 1000.0),
            ("US-MSP", 2020, "IV.2", "SF6 emitted", "kg", 5.0),
        )
        gases = emissions.inventory(rows).gases.set_index(["gpc_ref", "gas"])["gas_t"]
        assert gases["I.1.1"].to_dict() == pytest.approx({"CO2": 53.06, "CH4": 0.001, "N2O": 0.0001})
        assert gases["IV.2", "SF6"] == pytest.approx(0.005)


class TestOverlaps:
    def reasons(self, *rows: tuple[object, ...]) -> list[tuple[str, str, str]]:
        found = emissions.inventory(frame(*(("CN-SZX", 2020, *row) for row in rows))).overlaps
        return list(zip(found["good"], found["one"], found["other"], strict=True))

    def test_two_methods_for_one_mode(self) -> None:
        fuel, driven = ("II.1.1", "gasoline", "L", 1e6), ("II.1.1", "average car, petrol", "vehicle km", 1e7)
        assert self.reasons(fuel, driven) == [("transport fuel", "II.1.1", "II.1.1")]
        assert self.reasons(fuel, ("II.2.1", "rail passenger", "passenger km", 1e7)) == []

    def test_waste_burnt_as_waste_and_as_fuel(self) -> None:
        found = self.reasons(
            ("III.3.1", "incineration of plastics", "t", 10.0),
            ("I.4.4", "municipal solid waste as fuel", "short ton", 10.0),
        )
        assert found == [("municipal waste", "III.3.1", "I.4.4")]

    def test_a_footprint_and_what_it_holds_already(self) -> None:
        found = self.reasons(
            ("VI.1", "footprint of energy", "t CO2e", 100.0),
            ("I.1.2", "grid electricity", "MWh", 10.0),
            ("I.1.1", "natural gas", "MWh", 10.0),
            ("I.3.1", "natural gas", "MWh", 10.0),
        )
        assert found == [("electricity and fuels", "VI.1", "I.1.2, I.1.1")]
        food = self.reasons(("VI.1", "footprint of food", "t CO2e", 9.0), ("VI.1", "food and drink bought", "t", 1.0))
        assert food == [("food", "VI.1", "VI.1")]

    def test_one_fuel_in_two_parts_with_its_lines(self) -> None:
        rows = frame(
            ("CN-SZX", 2020, "I.1.1", "natural gas", "MWh", 10.0), ("CN-SZX", 2020, "VI.1", "natural gas", "MWh", 20.0)
        )
        (found,) = emissions.inventory(rows).overlaps.to_dict("records")
        assert (found["good"], found["one_lines"], found["other_lines"]) == ("natural gas", (0,), (1,))
        assert found["other_t"] == pytest.approx(2 * found["one_t"])


class TestFaults:
    ROWS = frame(
        ("CN-SZX", 2020, "I.1.1", "natural gas", "MWh", 1.0),
        ("CN-SZX", 2020, "I.1.1", "natural gas", "t", 1.0),
        ("CN-SZX", 2020, "I.1.1", "natural gas", "MWh", math.nan),
        ("CN-SZX", 2020, "I.1.1", "natural gas", "MWh", 1.0),
        ("CN-SZX", 2020, "I.1.1", "moon dust", "t", 1.0),
        ("CN-SZX", 2020, "I.1.1", "natural gas", "MWh", 2.0),
    )

    def test_all_at_once_with_row_and_reason(self) -> None:
        with pytest.raises(BadInput) as told:
            emissions.inventory(self.ROWS, file="city.csv")
        found = [(fault.file, fault.row, fault.column, fault.found) for fault in told.value.faults]
        assert found == [
            ("city.csv", 3, "unit", "t"),
            ("city.csv", 4, "amount", ""),
            ("city.csv", 5, "row", "the same as row 2"),
            ("city.csv", 6, "activity", "moon dust"),
        ]
        assert "energy or volume" in told.value.faults[0].expected
        assert "this is a unit of mass" in told.value.faults[0].expected

    def test_or_set_aside_and_reported(self) -> None:
        whole = emissions.inventory(self.ROWS, faulty="set_aside")
        assert whole.lines["amount"].tolist() == [1.0, 2.0]
        assert whole.set_aside["row"].tolist() == [3, 4, 5, 6]
        assert whole.set_aside["found"].tolist() == ["t", "", "the same as row 2", "moon dust"]
        with pytest.raises(ValueError, match="refuse or set_aside"):
            emissions.inventory(self.ROWS, faulty="drop")

    def test_lines_that_differ_in_anything_are_two(self) -> None:
        rows = frame(*[("CN-SZX", 2020, "I.1.1", "natural gas", "MWh", 1.0)] * 2).assign(source=["meter 1", "meter 2"])
        whole = emissions.inventory(rows)
        assert len(whole.lines) == 2
        assert whole.total().mean == pytest.approx(2 * whole.lines["emissions_t"][0])

    def test_true_is_no_amount(self) -> None:
        rows = frame(("CN-SZX", 2020, "I.1.1", "natural gas", "MWh", "3"), ("CN-SZX", 2020, "I.1.1", "coal", "t", True))
        (fault,) = emissions.faults(rows)
        assert (fault.row, fault.column, fault.found) == (3, "amount", "True")


lines = st.builds(
    lambda city, year, placed, amount: (city, year, *placed, amount),
    st.sampled_from(["US-MSP", "DE-BER", "CN-SZX"]),
    st.integers(2010, 2024),
    st.sampled_from(
        [
            ("natural gas", "MWh"),
            ("natural gas", "m3"),
            ("diesel", "L"),
            ("coal", "t"),
            ("grid electricity", "kWh"),
            ("composting of wet waste", "kg"),
            ("R410A lost", "kg"),
            ("average car, petrol", "vehicle mile"),
            ("dairy cattle, enteric", "head"),
        ]
    ).flatmap(lambda kind: st.sampled_from([(reference, *kind) for reference in emissions.places(kind[0])])),
    st.floats(0, 1e6),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(lines, min_size=1, max_size=15), st.sampled_from(["AR4", "AR5", "AR6"]))
def test_against_the_slow_truth(drawn: list[tuple[str, int, str, str, str, float]], gwp: str) -> None:
    rows = frame(*drawn).assign(source=[f"row {number}" for number in range(len(drawn))])
    fast = emissions.inventory(rows, gwp=gwp).by("gpc_ref")["emissions_t"].to_dict()
    assert fast == pytest.approx(emitted(drawn, gwp), rel=1e-9, abs=1e-12)


FUELS, GRIDS = (np.array(emissions.places(name)[:12]) for name in ("natural gas", "grid electricity"))


def test_long_tables_take_the_compiled_way_to_the_same_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiled loops and the plain way, row by row, on text, categories, texts longer than a word and umlauts."""
    rng = np.random.default_rng(11)
    rows = 30_000
    activity = np.array(["natural gas", "diesel", "grid electricity", "contracted electricity without emissions"])
    unit = np.array(["MWh", "L", "kWh", "kWh"])
    which = rng.integers(0, 4, rows)
    table = pd.DataFrame(
        {
            "city": np.array(["US-MSP", "DE-BER", "CN-SZX", "FR-Besançon-et-alentours"])[rng.integers(0, 4, rows)],
            "year": rng.integers(2015, 2022, rows),
            "gpc_ref": np.where(which < 2, FUELS[rng.integers(0, 12, rows)], GRIDS[rng.integers(0, 12, rows)]),
            "activity": activity[which],
            "unit": unit[which],
            "amount": rng.random(rows),
            "amount_sd": rng.random(rows) / 10,
        }
    )
    plain = emissions.inventory(table)
    monkeypatch.setattr(codes, "LONG", 1000)
    for other in (table, table.astype({"activity": "category", "city": "category"})):
        fast = emissions.inventory(other)
        pd.testing.assert_frame_equal(fast.by("gpc_ref"), plain.by("gpc_ref"))
        pd.testing.assert_frame_equal(fast.by("city"), plain.by("city"))
        assert fast.lines["emissions_t"].to_numpy() == pytest.approx(plain.lines["emissions_t"].to_numpy())
        assert fast.lines["factor_source"].astype(str).tolist() == plain.lines["factor_source"].astype(str).tolist()
    spoilt = table.copy()
    spoilt.loc[20_000, "amount"] = -1.0
    spoilt.loc[25_000] = spoilt.loc[10]
    assert [(fault.row, fault.column) for fault in emissions.faults(spoilt)] == [(20_002, "amount"), (25_002, "row")]
