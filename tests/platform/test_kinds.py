"""The table of kinds of file: each has all its rules, and a refusal names the row that asked for it, whatever kind."""

from __future__ import annotations

import inspect
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis import Platform
from carbonpolis.errors import BadInput, Refused
from carbonpolis.platform.intake.columns import TYPES
from carbonpolis.platform.intake.kinds.table import KINDS, Rules
from carbonpolis.platform.intake.plausible import Known, alone_below_zero, beside_neighbours, median_without
from carbonpolis.platform.intake.rows import RowRefused, at_row, reading

EXAMPLE = Path(__file__).parents[2] / "examples" / "three-towns"


@pytest.fixture
def p(tmp_path: Path) -> Iterator[Platform]:
    with Platform.open(tmp_path / "towns") as platform:
        for kind in ("cities", "accounts"):
            platform.loading.load(kind, EXAMPLE / f"{kind}.csv")
        yield platform


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_all_the_rules_in_its_module_and_a_reader_for_every_column(kind: str):
    for name in ("check", "odd", "take"):
        asked = inspect.signature(getattr(Rules, name)).parameters
        given = inspect.signature(getattr(KINDS[kind].rules, name)).parameters
        assert [each.annotation for each in given.values()] == [each.annotation for each in asked.values()][1:]
    assert {column.type for column in KINDS[kind].columns} <= TYPES.keys()


def test_the_table_and_the_modules_beside_it_are_the_same():
    folder = Path(inspect.getfile(Rules)).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__", "table"} == {k.module for k in KINDS.values()}


def refused_row(p: Platform, kind: str, file: Path, *rows: str) -> int:
    """The row that a load tells of; nothing of the file is there then."""
    before = p.ledger.balances()
    header = ",".join(c.name for c in KINDS[kind].columns if c.required or c.name == "area_ha")
    file.write_text("\n".join([header, *rows]), encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        p.loading.load(kind, file)
    assert p.ledger.balances() == before
    (fault,) = refused.value.faults
    assert (fault.file, fault.found) == (file.name, "what the rules refuse")
    assert str(fault).startswith(f"{file.name} row {fault.row}, ")
    return fault.row


def test_the_order_that_the_money_no_longer_covers_is_the_one_that_is_named(p: Platform, tmp_path: Path):
    p.people.deposit({"E-NL-ALD-001": 10_000}, key="money")
    orders = [f"NL-ALD,E-NL-ALD-001,buy,{lots},30.00" for lots in (1, 1, 5, 1)]
    assert refused_row(p, "orders", tmp_path / "asks.csv", *orders) == 4
    assert p.orders.open() == []


def test_the_project_that_its_owner_may_not_own_is_the_one_that_is_named(p: Platform, tmp_path: Path):
    row = "{},Wood,NL-ALD,forest,forest_gain_loss,{},2021,5,50,sourced"
    good, bad = "S-NL-ALD-001", "V-NL-001"
    rows = [row.format("P-1", good), row.format("P-2", good), row.format("P-3", bad)]
    assert refused_row(p, "projects", tmp_path / "woods.csv", *rows) == 4


@pytest.mark.parametrize("kind", ["accounts", "activities"])
def test_a_fact_of_no_year_is_refused_with_its_row_and_never_taken_for_one_of_another_year(p: Platform, kind: str):
    cells = {column.name: None for column in KINDS[kind].columns}
    cells |= {"city": "NL-ALD", "account": "E-9", "name": "Mill", "role": "emitter", "sector": "", "gpc_ref": "I.1.1"}
    cells |= {"verified_emissions_t": 5.0, "activity": "natural gas", "amount": 5.0, "unit": "MWh", "source": "s"}
    with pytest.raises(RowRefused, match="of no year") as refused:
        KINDS[kind].rules.take(p.loading.desks, [{**cells, "row": 7}], "key")
    assert refused.value.row == 7


def test_whatever_a_rule_says_no_to_bears_its_row():
    for problem in (Refused("E-1", "it is suspended."), ValueError("no such thing")):
        with pytest.raises(RowRefused, match=str(problem)) as refused, at_row({"row": 3}):
            raise problem
        assert refused.value.row == 3
    with pytest.raises(ZeroDivisionError), at_row({"row": 3}):
        raise ZeroDivisionError
    with pytest.raises(ValueError, match="of no year"):
        reading({"year": None}, "", "land/forest", 1.0, "ha", "measured")


FIGURES = st.lists(st.one_of(st.sampled_from([1.0, 2.0, 4.0]), st.floats(-1e6, 1e6)), min_size=1, max_size=12)


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=12), st.data())
def test_the_median_without_one_is_the_median_of_the_others(figures: list[float], data: st.DataObject):
    one = data.draw(st.sampled_from(range(len(figures))))
    others = figures[:one] + figures[one + 1 :]
    assert median_without(sorted(figures), figures[one]) == statistics.median(others)


@given(FIGURES, FIGURES)
def test_what_is_odd_is_what_comparing_each_with_all_others_finds(found: list[float], before: list[float]):
    known = [Known("gas", value, row=row) for row, value in enumerate(found, start=2)]
    earlier = [Known("gas", value) for value in before]
    large, below = [], []
    for one in known:
        others = [each.value for each in (*known, *earlier) if each is not one]
        positive = [value for value in others if value > 0]
        if one.value > 0 and positive and one.value / statistics.median(positive) >= 1000:
            large.append(one.row)
        if one.value < 0 and len(others) >= 3 and min(others) >= 0:
            below.append(one.row)
    rows = [[int(note.split()[1].rstrip(",")) for note in notes] for notes in (
        beside_neighbours(known, earlier), alone_below_zero(known, earlier))]  # fmt: skip
    assert rows == [large, below]


def test_twenty_thousand_readings_of_one_stream_are_looked_through(p: Platform, tmp_path: Path):
    """Each compared with all others, they were not done in a quarter of an hour."""
    times = [f"2020-{month:02}-{day:02}T{hour:02}:{minute:02}Z"
             for month in range(1, 6) for day in range(1, 29) for hour in range(24)
             for minute in (0, 10, 20, 30, 40, 50)]  # fmt: skip
    rows = [f"NL-ALD,air/co2,{time},{410 + n % 17},ppm,station 1" for n, time in enumerate(times)]
    rows[15_000] = f"NL-ALD,air/co2,{times[15_000]},420000,ppm,station 1"
    file = tmp_path / "air.csv"
    file.write_text("\n".join(["city,stream,time,value,unit,source", *rows]), encoding="utf-8")
    told = p.loading.load("readings", file).splitlines()
    assert told[0] == f"air.csv: {len(rows):,} readings."
    assert told[2:] == ["  row 15002, column value: 420,000 ppm is 1,005 times the median of the other 20,159 like it."]
