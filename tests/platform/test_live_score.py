"""The live score: after every reading and every trade what the board says is what judging everything anew says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from carbonpolis import Platform
from carbonpolis.evaluate.score import Framework
from carbonpolis.indicators.seventeen import compute
from carbonpolis.ledger import Purpose
from carbonpolis.platform.evaluate import live
from carbonpolis.platform.evaluate.facts import city_facts
from carbonpolis.platform.evaluate.live import LiveBoard, scored_frame
from carbonpolis.registry.party import City, Role

NOON = datetime(2024, 12, 31, 12, tzinfo=UTC)
CITIES = ("NL-ALD", "NL-BIR", "NL-CED")
STREAMS = {"S26": 100.0, "land/treeable_wasteland": 4000.0, "participating_firms": 20.0, "eligible_firms": 40.0}
STREAMS |= {"adults_with_account_share": 1.0}


@pytest.fixture
def platform(towns_copy: Path) -> Iterator[Platform]:
    with Platform.open(towns_copy, clock=lambda: NOON) as opened:
        yield opened


def read(platform: Platform, city: str, stream: str, value: float, key: str, unit: str = "1") -> None:
    row = {"city": city, "site": "", "stream": stream, "time": NOON, "value": value, "sd": float("nan")}
    frame = pd.DataFrame([{**row, "unit": unit, "quality": "reported", "source": "test"}])
    platform.readings.append(frame, key=key)


def more_of_an_activity(platform: Platform, city: str, times: float, key: str) -> None:
    """A correction of the city's largest activity."""
    lines = platform.readings.select("activity/%", [city])
    line = lines[lines["value"] > 0].sort_values(["time", "value"]).iloc[-1:]
    frame = line.assign(value=line["value"] * times).drop(columns=["received_at", "version"])
    platform.readings.append(frame, key=key)


def trade(platform: Platform, generator: np.random.Generator, key: str) -> int:
    """A seller offers a lot or two in its city's book, and an emitter of any city bids for them; lots traded."""
    held = {
        (account.owner, account.city)
        for account, kg in platform.ledger.balances().items()
        if account.asset.startswith("CP-") and kg >= 2000 and account.purpose is Purpose.AVAILABLE
        if account.owner.startswith("S-")
    }
    emitters = platform.people.parties(Role.EMITTER)
    seller, city = sorted(held)[int(generator.integers(len(held)))]
    buyer = emitters[int(generator.integers(len(emitters)))]
    lots, price = int(generator.integers(1, 3)), platform.trading.book(city).last_close
    platform.people.deposit({buyer.id: 100_000}, key=f"{key}/money")
    order = {"lots": lots, "price": price, "at": NOON.date()}
    platform.trading.place(city=city, owner=seller, side="sell", key=f"{key}/sell", **order)
    got = platform.trading.place(city=buyer.city, owner=buyer.id, side="buy", key=f"{key}/buy", **order)
    return int(got["filled"])


def same_as_anew(board: LiveBoard, platform: Platform) -> None:
    values = {city: compute(facts) for city, facts in city_facts(platform.scores.gather()).items()}
    scores = Framework.load("table-1").score(scored_frame(values))
    table = board.table().loc[list(scores.total.index)]
    assert table["score"].tolist() == pytest.approx(scores.total.round(9).tolist(), abs=1e-9, nan_ok=True)
    assert table["rank"].tolist() == scores.ranks.tolist()
    assert board.values == values


@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_readings_and_trades_the_board_is_as_if_judged_anew(platform: Platform, seed: int):
    generator = np.random.default_rng(seed)
    board, traded = platform.scores.live(), 0
    same_as_anew(board, platform)
    for step in range(10):
        city = CITIES[int(generator.integers(3))]
        deed = generator.choice(["reading", "trade", "trade", "activity"])
        if deed == "reading":
            stream = str(generator.choice(list(STREAMS)))
            read(platform, city, stream, STREAMS[stream] * float(generator.random()), f"r{step}")
        elif deed == "activity":
            more_of_an_activity(platform, city, float(generator.uniform(0.5, 1.5)), f"a{step}")
        else:
            traded += trade(platform, generator, f"t{step}")
        board.refresh()
        same_as_anew(board, platform)
    assert traded > 0


def test_only_the_city_that_changed_is_judged_again(platform: Platform, monkeypatch: pytest.MonkeyPatch):
    board = platform.scores.live()
    assert board.refresh() == []
    judged: list[str] = []
    alone = live.own
    monkeypatch.setattr(live, "own", lambda known, city: judged.append(city.id) or alone(known, city))
    before = board.table().loc["NL-BIR", "score"]
    read(platform, "NL-BIR", "S26", 90.0, "better")
    moved = {each.city: each for each in board.refresh()}
    assert judged == ["NL-BIR"]
    assert moved["NL-BIR"].indicators == ("S26",)
    assert moved["NL-BIR"].score == (before, board.table().loc["NL-BIR", "score"])
    assert moved["NL-BIR"].at == NOON
    assert board.refresh() == []
    read(platform, "NL-BIR", "temperature", 11.0, "nothing that is scored")
    assert board.refresh() == []


def test_a_city_that_joins_is_on_the_board(platform: Platform):
    board = platform.scores.live()
    zone = "temperate_oceanic_forest"
    town = City("NL-DUN", "Dune", "NL", 52.0, 4.2, 90_000, 2024, 60.0, None, None, zone, "test")
    platform.people.register((town,), key="dune")
    assert [each.city for each in board.refresh()] == ["NL-DUN"]
    same_as_anew(board, platform)
