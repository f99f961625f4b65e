"""What trades come to in bars of any length, and the closing price of a day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carbonpolis.market.marketdata.statistics import OFF_BOOK

COLUMNS = ("time", "city", "price", "lots")
CLOSE_SECONDS = 1800  # design.md, "Close": the last half hour


def bars(trades: pd.DataFrame, length: str | pd.Timedelta) -> pd.DataFrame:
    """Open, high, low, close of each city's trades, in bars of one length ("1min", "30min", "1D" ...).

    trades: frame with time (datetime), city, price (minor units per lot), lots; `kind` where there is one: what was
    agreed off the book is left out. Trades at one time count in their order. Returns city, start (of the half-open
    bar; the first bar of a day starts at a whole multiple of the length), open, high, low, close, lots, value (minor
    units), vwap (minor units per lot, float) and trades, by city and start. A bar without a trade is not there.
    Raises ValueError for a missing column or a length that is not above 0.
    """
    step = pd.Timedelta(length)
    if not step > pd.Timedelta(0):
        raise ValueError(f"bars of length {length}; expected more than 0, such as 30min")
    frame = _on_book(trades)
    frame = frame.assign(start=frame["time"].dt.floor(step), value=frame["price"] * frame["lots"])
    by_bar = frame.groupby(["city", "start"], sort=True)
    made = by_bar.agg(
        open=("price", "first"),
        high=("price", "max"),
        low=("price", "min"),
        close=("price", "last"),
        lots=("lots", "sum"),
        value=("value", "sum"),
        trades=("price", "size"),
    ).reset_index()
    made.insert(len(made.columns) - 1, "vwap", made["value"] / made["lots"])
    return made


def coarser(fine: pd.DataFrame, length: str | pd.Timedelta) -> pd.DataFrame:
    """Bars of a greater length, a multiple of theirs, out of finer ones: what `bars` would have made of the trades."""
    step = pd.Timedelta(length)
    start = fine["start"].dt.floor(step)
    by_bar = fine.assign(start=start).groupby(["city", "start"], sort=True)
    made = by_bar.agg(
        open=("open", "first"),
        high=("high", "max"),
        low=("low", "min"),
        close=("close", "last"),
        lots=("lots", "sum"),
        value=("value", "sum"),
        trades=("trades", "sum"),
    ).reset_index()
    made.insert(len(made.columns) - 1, "vwap", made["value"] / made["lots"])
    return made


def closing_prices(trades: pd.DataFrame, seconds: int = CLOSE_SECONDS) -> pd.DataFrame:
    """Closing price of each city and day: volume-weighted over the last `seconds` up to the day's last trade.

    Returns city, day, close (minor units per lot, to the nearest whole one, halves up) and lots it rests on. A day
    without trades on the book is not there: the last close stays (`last_close`).
    """
    frame = _on_book(trades)
    frame = frame.assign(day=frame["time"].dt.date, value=frame["price"] * frame["lots"])
    last = frame.groupby(["city", "day"])["time"].transform("max")
    late = frame[frame["time"] > last - pd.Timedelta(seconds=seconds)]
    made = late.groupby(["city", "day"], sort=True)[["value", "lots"]].sum().reset_index()
    close = (2 * made["value"] + made["lots"]) // (2 * made["lots"])
    return made.assign(close=close)[["city", "day", "close", "lots"]]


def last_close(closes: pd.DataFrame, city: str, default: int) -> int:
    """A city's newest closing price, minor units per lot; `default` before the first."""
    own = closes.loc[closes["city"] == city].sort_values("day")
    return int(own["close"].iloc[-1]) if len(own) else default


def _on_book(trades: pd.DataFrame) -> pd.DataFrame:
    missing = [column for column in COLUMNS if column not in trades]
    if missing:
        raise ValueError(f"trades without {', '.join(missing)}; expected {', '.join(COLUMNS)}")
    frame = trades.assign(time=pd.to_datetime(trades["time"]))
    kept = frame["lots"] > 0
    if "kind" in frame:
        kept &= ~frame["kind"].isin(sorted(OFF_BOOK))
    ordered = frame[kept].iloc[np.argsort(frame.loc[kept, "time"].to_numpy(), kind="stable")]
    return ordered.reset_index(drop=True)
