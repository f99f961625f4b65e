"""A key names one content: repeated it answers the same, and for anything else it is refused, at every desk."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.platform.test_trading_desk import SUMMER, place, prepare

import carbonpolis.platform
from carbonpolis import Platform
from carbonpolis.errors import KeyReused
from carbonpolis.ledger import Account, Decision, Purpose
from carbonpolis.platform.idempotency import Key, digest_of
from carbonpolis.platform.work import Work
from carbonpolis.store.database import JOURNAL_FILE

UNITS = "CP-NL-ALD-000001-FOR-2023"


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with Platform.open(tmp_path / "data", clock=lambda: datetime(2024, 7, 1, 12, tzinfo=UTC)) as opened:
        prepare(opened)
        yield opened


def test_a_key_used_again_for_something_else_is_refused_and_says_for_what_it_was_used(platform: Platform):
    """tiana-code/fincore-engine#44, ietf-wg-httpapi/idempotency#2 and #22: another content is an error, no replay."""
    retire = platform.projects.units.retire
    first = {
        "holder": "wood-ALD",
        "tonnes": "1.5",
        "purpose": "voluntary",
        "period": "2024",
        "at": SUMMER,
        "beneficiary": "A",
        "key": "k",
    }
    done = retire("R-1", **first)
    assert retire("R-1", **first) == done
    for other in ({"beneficiary": "B"}, {"tonnes": "7"}, {"at": date(2024, 7, 2)}, {"batches": [UNITS]}):
        with pytest.raises(KeyReused, match=r"used at 2024-07-01T12:00:00\+00:00 by wood-ALD for 'retire'"):
            retire("R-1", **(first | other))
    with pytest.raises(KeyReused, match="another command, 'cancel'"):
        platform.projects.units.cancel("C-1", holder="wood-ALD", tonnes="2", reason="lost", at=SUMMER, key="k")
    held = platform.ledger.balances()[Account("NL-ALD", "wood-ALD", UNITS, Purpose.AVAILABLE)]
    assert held == 1_000_000 - 1_500


def test_after_a_restart_and_with_defaults_spelt_out_the_same_is_the_same(tmp_path: Path):
    with Platform.open(tmp_path / "data") as platform:
        prepare(platform)
        answer = place(platform, "o", "wood-ALD", 5, 2_000)
    with Platform.open(tmp_path / "data") as again:
        assert place(again, "o", "wood-ALD", 5, 2_000, tif="gtc", post_only=False) == answer
        with pytest.raises(KeyReused):
            place(again, "o", "wood-ALD", 6, 2_000)


def test_of_two_that_use_a_key_at_once_one_wins_and_the_other_is_told(platform: Platform):
    outcomes: list[Any] = []

    def deposit(cents: int) -> None:
        try:
            outcomes.append(platform.people.deposit({"mill-ALD": cents}, key="twice"))
        except KeyReused as refusal:
            outcomes.append(refusal)

    threads = [threading.Thread(target=deposit, args=(cents,)) for cents in (5, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(isinstance(each, KeyReused) for each in outcomes) == [False, True]


def frame(value: float = 1.0, rows: int = 3) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "city": "NL-ALD",
            "site": "",
            "stream": "power",
            "time": pd.date_range("2024-01-01", periods=rows, freq="h", tz="UTC"),
            "value": value,
            "sd": np.nan,
            "unit": "kWh",
            "quality": "measured",
            "source": "test",
        }
    )


def test_other_readings_under_a_key_that_was_used_are_refused_and_not_dropped(platform: Platform):
    assert platform.readings.append(frame(), key="r") == platform.readings.append(frame(), key="r") == {"rows": 3}
    for other in (frame(2.0), frame(rows=2)):
        with pytest.raises(KeyReused, match="append readings"):
            platform.readings.append(other, key="r")


def test_a_folder_of_an_older_version_compares_what_it_kept(platform: Platform, tmp_path: Path):
    """Before contents were kept an entry had command and giver alone."""
    place(platform, "old", "wood-ALD", 5, 2_000)
    platform.close()
    with closing(sqlite3.connect(tmp_path / "data" / JOURNAL_FILE)) as file:
        file.execute("DELETE FROM contents")
        file.commit()
    with Platform.open(tmp_path / "data") as again:
        assert place(again, "old", "wood-ALD", 5, 2_000)["order"] == "ORD-old"
        with pytest.raises(KeyReused):
            again.trading.cancel("ORD-old", key="old", at=SUMMER)
        with pytest.raises(KeyReused):
            place(again, "old", "mill-ALD", 5, 2_000)


def test_every_desk_keeps_the_content_of_its_calls():
    """A class of the hall with a method that takes a key is a desk; one that forgets its content is found here."""
    forgotten = []
    for module in pkgutil.walk_packages(carbonpolis.platform.__path__, "carbonpolis.platform."):
        made = importlib.import_module(module.name)
        for thing in ast.parse(Path(made.__file__ or "").read_text(encoding="utf-8")).body:
            if not isinstance(thing, ast.ClassDef) or getattr(made, thing.name) in (Key, Work):
                continue
            takes = [
                each.name
                for each in thing.body
                if isinstance(each, ast.FunctionDef)
                and not each.name.startswith("_")
                and any(argument.arg == "key" for argument in each.args.kwonlyargs)
            ]
            if takes and not getattr(getattr(made, thing.name), "keeps_content", False):
                forgotten.append((module.name, thing.name, takes))
    assert forgotten == []


@dataclass(frozen=True)
class Wish:
    city: str
    lots: int


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False),
        st.text(max_size=8),
        st.dates(),
        st.builds(Wish, st.text(max_size=4), st.integers(0, 9)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=4), inner, max_size=3),
        st.dictionaries(st.integers(0, 5), inner, max_size=3),
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4))
def test_the_digest_depends_on_the_content_and_on_no_order(arguments: dict[str, Any]):
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return [turned(each) for each in value] if isinstance(value, list) else value

    assert digest_of(arguments) == digest_of(turned(arguments))
    assert digest_of(arguments) != digest_of({**arguments, "one more": 1})


def test_what_has_no_content_can_be_no_argument():
    with pytest.raises(TypeError, match="it has no content to keep"):
        digest_of({"decide": lambda _: Decision()})
    with pytest.raises(ValueError, match="beyond 64 bits"):
        digest_of({"lots": 10**30})
