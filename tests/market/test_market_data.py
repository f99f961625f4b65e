"""Bars, closing prices, and the feed that always comes to the book as it is."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonpolis.market.floor.trading_day import Print, day_close
from carbonpolis.market.marketdata.bars import bars, closing_prices, coarser, last_close
from carbonpolis.market.marketdata.book_feed import Gap, Increment, Level, Publisher, apply, empty
from carbonpolis.market.order import Side

DAY = pd.Timestamp("2020-03-02")


def tape(story: str) -> pd.DataFrame:
    """Lines `HH:MM CITY LOTS at PRICE [kind]`."""
    rows = []
    for line in filter(None, map(str.strip, story.splitlines())):
        clock, city, lots, _, price, *kind = line.split()
        rows.append((DAY + pd.Timedelta(f"{clock}:00"), city, int(price), int(lots), kind[0] if kind else "local"))
    return pd.DataFrame(rows, columns=["time", "city", "price", "lots", "kind"])


TRADES = tape("""
    09:31 A 10 at 2500
    09:59 A 30 at 2540
    09:45 A 10 at 2480
    10:00 A 5  at 2520
    10:10 B 1  at 3000
    10:15 A 90 at 9000 block
    10:16 A 90 at 0    gift
    14:40 A 7  at 2530
    14:59 A 3  at 2600
""")


def test_bars_of_half_an_hour():
    made = bars(TRADES, "30min")
    first = made.iloc[0]
    assert (first["city"], first["start"]) == ("A", DAY + pd.Timedelta("9:30:00"))
    assert [first[c] for c in ("open", "high", "low", "close")] == [2500, 2540, 2480, 2540]  # by time, not by row
    assert (first["lots"], first["trades"], first["vwap"]) == (50, 3, (25_000 + 24_800 + 76_200) / 50)
    assert made["start"].dt.strftime("%H:%M").tolist() == ["09:30", "10:00", "14:30", "10:00"]
    assert made["lots"].sum() == TRADES.loc[TRADES["kind"] == "local", "lots"].sum()


def test_the_close_is_the_last_half_hour_by_volume():
    closes = closing_prices(TRADES)
    assert closes.loc[closes["city"] == "A", "close"].tolist() == [2551]  # (7 x 25.30 + 3 x 26.00) / 10
    assert last_close(closes, "A", 1) == 2551
    assert last_close(closes, "C", 2_500) == 2_500
    assert closing_prices(TRADES, seconds=60)["close"].tolist() == [2600, 3000]


TICKS = st.lists(st.tuples(st.integers(0, 5_400), st.integers(1, 99), st.integers(1, 9)), min_size=1, max_size=20)


@settings(max_examples=40, deadline=None)
@given(TICKS, st.sampled_from([60, 1_800, 86_400]))
def test_the_floor_closes_as_the_frames_do(rows: list[tuple[int, int, int]], seconds: int):
    """The venue says over how long: half an hour here, the whole day on China's national market."""
    ticks = [(DAY + pd.Timedelta(seconds=second), price, lots) for second, price, lots in sorted(rows)]
    frame = pd.DataFrame(
        [(at, "A", price, lots) for at, price, lots in ticks], columns=["time", "city", "price", "lots"]
    )
    prints = [Print(f"{at.isoformat()}+00:00", price, lots) for at, price, lots in ticks]
    close = day_close("A", "2020-03-02", prints, seconds=seconds)
    assert close is not None
    assert [close.close] == closing_prices(frame, seconds)["close"].tolist()


@pytest.mark.parametrize("length", ["0min", "-5min"])
def test_a_bar_has_a_length(length: str):
    with pytest.raises(ValueError, match="more than 0"):
        bars(TRADES, length)
    with pytest.raises(ValueError, match="without lots"):
        bars(TRADES.drop(columns="lots"), "1h")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 600), st.integers(1, 99), st.integers(1, 9)), min_size=1, max_size=40))
def test_bars_of_bars_are_bars(rows: list[tuple[int, int, int]]):
    frame = pd.DataFrame(
        [(DAY + pd.Timedelta(minutes=minute), "A", price, lots) for minute, price, lots in rows],
        columns=["time", "city", "price", "lots"],
    )
    pd.testing.assert_frame_equal(coarser(bars(frame, "5min"), "1h"), bars(frame, "1h"))


def test_a_receiver_follows_the_book():
    source = Publisher("A")
    sent = [*source.turn("auction"), *source.depth([(2500, 5, 1)], [(2510, 9, 2), (2520, 1, 1)])]
    early = source.snapshot()
    sent += [source.trade(2510, 9, Side.BUY), *source.depth([(2500, 5, 1)], [(2520, 1, 1)])]
    assert [each.sequence for each in sent] == [1, 2, 3, 4, 5, 6]
    now = apply(early, sent)  # what it holds already is passed over
    assert now == source.snapshot() == apply(empty("A"), sent)
    assert (now.asks, now.last, now.traded, now.state) == ((Level(2520, 1, 1),), (2510, 9), 9, "auction")
    assert source.depth([(2500, 5, 1)], [(2520, 1, 1)]) == []  # nothing changed, nothing to send


def test_a_gap_is_told():
    source = Publisher("A")
    sent = [*source.turn("open"), source.trade(1, 1, Side.SELL), *source.turn("closed")]
    with pytest.raises(Gap, match="increment 2 is missing, 3 came") as gap:
        apply(empty("A"), [sent[0], sent[2]])
    assert (gap.value.expected, gap.value.found) == (2, 3)
    assert apply(empty("B"), sent) == empty("B")
    with pytest.raises(ValueError, match="no kind of increment"):
        apply(empty("A"), [Increment("A", 1, "rumour")])


BOOKS = st.lists(
    st.tuples(
        st.dictionaries(st.integers(1, 8), st.integers(1, 9), max_size=5),
        st.dictionaries(st.integers(9, 16), st.integers(1, 9), max_size=5),
        st.booleans(),
    ),
    max_size=12,
)


@given(BOOKS, st.integers(0, 12), st.integers(0, 12))
def test_any_old_snapshot_and_all_increments_give_the_new_one(books: list, at: int, again: int):
    source, sent, kept = Publisher("A"), [], [empty("A")]
    for bids, asks, traded in books:
        if traded:
            sent.append(source.trade(9, 1, Side.BUY))
        sent += source.depth(((p, lots, 1) for p, lots in bids.items()), ((p, lots, 1) for p, lots in asks.items()))
        kept.append(source.snapshot())
    old = kept[min(at, len(kept) - 1)]
    assert apply(old, sent) == source.snapshot()
    assert apply(apply(old, sent[:again]) if old.sequence <= again else old, sent) == source.snapshot()
