"""The running floor is the one that the journal would make anew, whatever was tried on it; a refusal costs no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.platform.test_trading_desk import PARTIES, SUMMER, place, prepare

from carbonpolis import Platform
from carbonpolis.errors import CarbonpolisError, OrderRejected, OrderUnknown, Refused, Unknown
from carbonpolis.market.floor.order_entry import Wanted
from carbonpolis.platform.market import continuous

OWNERS = [party.id for party in PARTIES]


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with Platform.open(tmp_path / "data") as opened:
        prepare(opened)
        yield opened


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often a floor was made from the journal, as the length of this list."""
    times: list[int] = []

    def counted(state: Any) -> Any:
        times.append(1)
        return real(state)

    real = continuous.as_recorded
    monkeypatch.setattr(continuous, "as_recorded", counted)
    return times


REFUSALS = {
    "an unknown order to cancel": lambda p: p.trading.cancel("ORD-none", key="r", at=SUMMER),
    "an unknown order to amend": lambda p: p.trading.amend("ORD-none", lots=1, key="r", at=SUMMER),
    "too little money": lambda p: place(p, "r", "mill-ALD", 10_000_000, 2_000),
    "too few units": lambda p: place(p, "r", "wood-ALD", 10_000_000, 2_000),
    "post-only that crosses": lambda p: place(p, "r", "mill-ALD", 1, 2_000, post_only=True),
    "no lots": lambda p: place(p, "r", "mill-ALD", 0, 2_000),
    "a price off the tick": lambda p: place(p, "r", "mill-ALD", 1, -7),
    "a side that is none": lambda p: p.trading.place(
        city="NL-ALD", owner="mill-ALD", side="up", lots=1, price=2_000, key="r", at=SUMMER
    ),
    "a party that is not there": lambda p: place(p, "r", "mill-XXX", 1, 2_000),
    "a city that is not there": lambda p: place(p, "r", "mill-ALD", 1, 2_000, city="NL-XXX"),
    "an amendment that would cross": lambda p: p.trading.amend("ORD-only", price=2_000, key="r", at=SUMMER),
    "an amendment past its money": lambda p: p.trading.amend("ORD-bid", lots=10_000_000, key="r", at=SUMMER),
    "an amendment to no lots": lambda p: p.trading.amend("ORD-bid", lots=0, key="r", at=SUMMER),
    "the end of a call that is none": lambda p: p.trading.uncross("NL-ALD", key="r", at=SUMMER),
    "a day that is over": lambda p: p.trading.cancel("ORD-bid", key="r", at=SUMMER.replace(day=1, month=1)),
    "a step that a party can't take": lambda p: p.trading.check("mill-ALD", "activate", key="r"),
    "a moment without a zone": lambda p: p.trading.cancel(
        "ORD-bid",
        key="r",
        at=datetime(2024, 7, 1, 12),  # noqa: DTZ001
    ),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_leaves_the_floor_as_it_was_and_nothing_is_made_anew(platform: Platform, made: list[int], what: str):
    place(platform, "ask", "wood-ALD", 5, 2_000)
    place(platform, "bid", "mill-ALD", 5, 1_900)
    place(platform, "only", "mill-ALD", 5, 1_800, post_only=True)
    before = platform.trading.digest()
    made.clear()
    with pytest.raises((OrderRejected, OrderUnknown, Refused, Unknown, ValueError)):
        REFUSALS[what](platform)
    assert platform.trading.digest() == before
    assert place(platform, "next", "mill-ALD", 1, 2_000)["filled"] == 1
    assert made == []
    assert platform.trading.digest() == platform.trading.digest_anew()


STEP = st.one_of(
    st.tuples(
        st.just("place"),
        st.sampled_from(OWNERS),
        st.sampled_from(["NL-ALD", "NL-BRK"]),
        st.integers(1, 400),
        st.integers(68, 92).map(lambda tick: tick * 25),
        st.sampled_from(["gtc", "day", "ioc", "fok"]),
        st.booleans(),
    ),
    st.tuples(st.just("cancel"), st.integers(0, 12)),
    st.tuples(st.just("amend"), st.integers(0, 12), st.integers(0, 500), st.integers(68, 92).map(lambda t: t * 25)),
    st.tuples(st.just("batch"), st.lists(st.tuples(st.sampled_from(OWNERS), st.integers(0, 300)), max_size=4)),
    st.tuples(st.just("uncross"), st.sampled_from(["NL-ALD", "NL-BRK"])),
    st.tuples(st.just("owe"), st.sampled_from(["NL-ALD", "NL-BRK"]), st.integers(0, 1_000_000)),
    st.tuples(st.just("check"), st.sampled_from(OWNERS), st.sampled_from(["suspend", "activate"])),
    st.tuples(st.just("close")),
)


def give(platform: Platform, number: int, step: tuple[Any, ...]) -> None:
    what, *given = step
    trading, key = platform.trading, f"k{number}"
    if what == "place":
        owner, city, lots, price, tif, only = given
        place(platform, key, owner, lots, price, city=city, tif=tif, post_only=only and tif == "gtc")
    elif what == "cancel":
        trading.cancel(f"ORD-k{given[0]}", key=key, at=SUMMER)
    elif what == "amend":
        trading.amend(f"ORD-k{given[0]}", lots=given[1], price=given[2], key=key, at=SUMMER)
    elif what == "batch":
        wanted = [
            Wanted(f"NL-{owner[-3:]}", owner, "buy" if owner.startswith("mill") else "sell", lots, 2_000)
            for owner, lots in given[0]
        ]
        trading.place_many(wanted, key=key, at=SUMMER)
    elif what == "uncross":
        trading.uncross(given[0], key=key, at=SUMMER)
    elif what == "owe":
        platform.obligations.oblige(given[0], f"20{10 + number}-01", {f"mill-{given[0][-3:]}": given[1]}, key=key)
    elif what == "check":
        trading.check(given[0], given[1], key=key)
    else:
        trading.close(key=key, at=SUMMER)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEP, min_size=3, max_size=25))
def test_at_the_end_of_any_day_the_floor_is_the_one_the_journal_makes(steps: list[tuple[Any, ...]]):
    with TemporaryDirectory() as folder, Platform.open(Path(folder) / "data") as platform:
        prepare(platform)
        for number, step in enumerate(steps):
            try:
                give(platform, number, step)
            except (CarbonpolisError, ValueError):
                continue
        assert platform.trading.digest() == platform.trading.digest_anew()
        assert platform.audit.verify().holds
