"""Surveillance at its desk: what the trading desk left in the journal becomes cases that an operator can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from tests.platform.test_trading_desk import prepare

from carbonpolis import Platform
from carbonpolis.errors import Unknown
from carbonpolis.lab import manipulation
from carbonpolis.ledger import Decision
from carbonpolis.market.order import Order, Side, Tif, Trade
from carbonpolis.market.surveillance.detectors import watch

DAY, CITY = date(2024, 7, 1), "NL-ALD"


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with Platform.open(tmp_path / "data", clock=lambda: datetime(2024, 7, 1, tzinfo=UTC)) as opened:
        yield opened


def clock(minute: str) -> str:
    return f"2024-07-01T{minute}:00+00:00"


def order(name: str, owner: str, side: Side, lots: int, entered: str, ended: str = "", **more) -> Order:
    rest = {"state": "cancelled" if ended else "open", "filled": 0, "tif": Tif.GTC, **more}
    return Order(
        name,
        CITY,
        owner,
        CITY,
        side,
        lots,
        2_500,
        at=DAY.isoformat(),
        time=clock(entered),
        ended=clock(ended) if ended else "",
        **rest,
    )


def trade(
    name: str, seller: str, buyer: str, lots: int, minute: str, price: int = 2_500, taker: str = "seller"
) -> Trade:
    return Trade(
        name, CITY, "local", DAY.isoformat(), "2024-07", buyer, CITY, seller, CITY, price, lots, (), 0, 0, price,
        time=clock(minute) if minute else "", taker=taker,
    )  # fmt: skip


def record(platform: Platform, *things: Order | Trade) -> None:
    platform._work.do("past", "past", "test", lambda _: Decision(events=things))


def look(platform: Platform, key: str = "look") -> list[str]:
    return platform.surveillance.look(since=DAY, at=DAY, key=key)["cases"]


LAYERS = [order(f"L{n}", "eve", Side.SELL, 90, f"02:0{n}", "02:06") for n in range(3)]


def test_layers_are_found_and_the_case_reads_as_it_happened(platform: Platform):
    bought = order("B1", "eve", Side.BUY, 40, "02:03", state="filled", filled=40)
    record(platform, *LAYERS, bought, trade("T1", "sam", "eve", 40, "02:04"))
    (name,) = look(platform)
    case = platform.surveillance.cases(CITY)[0]
    assert (case.id, case.kind, case.parties) == (name, "layering", ("eve",))
    assert (case.start, case.end) == (
        "2024-07-01T10:00:00+08:00",
        "2024-07-01T10:06:00+08:00",
    )  # as on the market's clock
    assert [(one.id, one.words) for one in platform.surveillance.evidence(name)] == [
        *((f"L{n}", "eve wants to sell 90 lots in NL-ALD, cancelled with 90 left at 10:06:00") for n in range(3)),
        ("T1", "sam sold 40 lots of NL-ALD to eve, the seller came"),
    ]
    assert look(platform, "again") == []
    with pytest.raises(Unknown):
        platform.surveillance.evidence("CASE-none")


@pytest.mark.parametrize(
    "honest",
    [
        [order(f"L{n}", "eve", Side.SELL, 90, f"02:0{n}") for n in range(3)],  # they still stand
        [
            order(f"L{n}", "eve", Side.SELL, 90, f"02:0{n}", "02:06", filled=20) for n in range(3)
        ],  # they were traded with
        [order(f"L{n}", "fay", Side.SELL, 90, f"02:0{n}", "02:06") for n in range(3)],  # somebody else's
        [order(f"L{n}", "eve", Side.SELL, 90, f"02:0{n}", "02:06", tif=Tif.IOC) for n in range(3)],
    ],
    ids=["standing", "filled in part", "another's", "never in the book"],
)
def test_what_only_looks_like_layers_is_no_case(platform: Platform, honest: list[Order]):
    record(platform, *honest, trade("T1", "sam", "eve", 40, "02:04"))
    assert look(platform) == []


def push(minutes: str, taker: str) -> list[Trade]:
    calm = [trade(f"C{m:02d}", f"s{m}", f"b{m}", 20, f"02:{m:02d}", taker="buyer") for m in range(1, 44)]
    return calm + [
        trade(f"P{i:02d}", f"s{i}", "eve", 90, f"{minutes}:{45 + i}" if minutes else "", 2_510 + 10 * i, taker)
        for i in range(15)
    ]


@pytest.mark.parametrize(
    ("taker", "kinds"), [("buyer", {"marking_the_close"}), ("", {"marking_the_close"}), ("seller", set())]
)
def test_a_close_is_pushed_by_who_took_or_where_that_is_not_known_by_who_gained(
    platform: Platform, taker: str, kinds: set[str]
):
    record(platform, *push("02", taker))
    look(platform)
    assert {case.kind for case in platform.surveillance.cases()} - {"price_outlier"} == kinds


def test_trades_of_which_only_the_day_is_known_mark_no_close(platform: Platform):
    record(platform, *push("", "buyer")[43:])
    assert "marking_the_close" not in {case.kind for case in platform.surveillance.cases()}
    assert all("marking" not in name for name in look(platform))


def test_at_the_desk_most_of_what_is_hidden_is_found_and_little_else(platform: Platform):
    """The same tape as pure frames and as the journal's orders and trades comes to the same cases."""
    tape = manipulation.days(100)
    orders, trades = tape.records()
    record(platform, *orders, *trades)
    first, last = date.fromisoformat(orders[0].at), date.fromisoformat(orders[-1].at)
    names = platform.surveillance.look(since=first, at=last, key="look")["cases"]
    assert names == [case.id for case in sorted(watch(*tape.frames()), key=lambda each: names.index(each.id))]
    found, right = set(), Counter()
    for case in platform.surveillance.cases():
        day = (pd.Timestamp(case.start).tz_localize(None).normalize() - manipulation.START.normalize()).days
        hits = {h for h in tape.hidden if h.kind == case.kind and h.day == day and h.parties & set(case.parties)}
        right[bool(hits)] += 1
        found |= hits
        assert platform.surveillance.evidence(case.id)
    assert len(found) / len(tape.hidden) >= 0.95
    assert right[True] / right.total() >= 0.9


def at_the_desk(platform: Platform, story: str) -> None:
    """Lines `HH:MM OWNER buy|sell LOTS at PRICE as NAME` or `HH:MM cancel NAME`, given to the trading desk in UTC."""
    for line in filter(None, map(str.strip, story.splitlines())):
        minute, *words = line.split()
        at = datetime.fromisoformat(clock(minute))
        if words[0] == "cancel":
            platform.trading.cancel(f"ORD-{words[1]}", key=f"{line}", at=at)
        else:
            owner, side, lots, _, price, _, name = words
            platform.trading.place(city=CITY, owner=owner, side=side, lots=int(lots), price=int(price), key=name, at=at)


def test_layers_at_the_trading_desk_are_found(platform: Platform):
    """The mill shows bids that it does not mean, so that the wood sells to it; then it takes them back."""
    prepare(platform)
    platform.people.deposit({"wood-ALD": 10_000_000}, key="more")
    shown = "\n".join(f"02:1{n} mill-ALD buy 90 at {1_990 - n} as L{n}" for n in range(3))
    gone = "\n".join(f"02:1{n + 5} cancel L{n}" for n in range(3))
    at_the_desk(
        platform,
        f"""
        02:00 wood-ALD sell 30 at 2000 as S1
        02:01 mill-ALD buy 30 at 2000 as B1
        {shown}
        02:13 wood-ALD buy 20 at 2010 as B2
        02:14 mill-ALD sell 20 at 2010 as S2
        {gone}
        """,
    )
    look(platform)
    (case,) = [case for case in platform.surveillance.cases() if case.kind == "layering"]
    assert case.parties == ("mill-ALD",)
    assert case.figures == {"shown_lots": 270.0, "traded_lots": 20.0, "orders": 3.0}
    told = [one.words for one in platform.surveillance.evidence(case.id)]
    assert told[0] == "mill-ALD wants to buy 90 lots in NL-ALD, cancelled with 90 left at 10:15:00"
    assert told[-1] == "mill-ALD sold 20 lots of NL-ALD to wood-ALD, the seller came"


def test_a_pushed_close_at_the_trading_desk_is_found(platform: Platform):
    prepare(platform)
    calm = "\n".join(
        f"06:{n:02d} wood-ALD sell 5 at 2000 as C{n}\n06:{n:02d} mill-ALD buy 5 at 2000 as D{n}"
        for n in range(0, 30, 5)
    )
    pushed = "\n".join(
        f"06:{n:02d} wood-ALD sell 9 at {2_000 + n} as P{n}\n06:{n:02d} mill-ALD buy 9 at {2_000 + n} as Q{n}"
        for n in range(32, 59, 4)
    )
    at_the_desk(platform, f"{calm}\n{pushed}")
    look(platform)
    (case,) = [case for case in platform.surveillance.cases() if case.kind == "marking_the_close"]
    assert (case.parties, len(case.evidence)) == (("mill-ALD",), 7)
    assert case.end == "2024-07-01T14:56:00+08:00"
