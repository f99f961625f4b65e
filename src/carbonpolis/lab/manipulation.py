"""Days of honest trading with known manipulation hidden in them, to measure what surveillance finds and imagines.

The flow is synthetic: prices walk at random, sizes are lognormal, and some honest parties look like manipulators
(market makers who quote and cancel all day, a buyer who works a large order, two who trade with each other often, a
lively close).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from carbonpolis.market.order import Order, Side, Tif, Trade

START = pd.Timestamp("2020-03-02 09:30")
DAY_SECONDS = 4 * 3600
CITY = "A"
TRADE_COLUMNS = ["trade", "time", "city", "buyer", "seller", "price", "lots", "taker"]
ORDER_COLUMNS = ["order", "time", "city", "owner", "side", "action", "price", "lots"]
TradeRow = tuple[str, pd.Timestamp, str, str, str, int, int, str]
OrderRow = tuple[str, pd.Timestamp, str, str, str, str, int, int]
SIDES = ("buy", "sell")
ZONE = "Asia/Shanghai"  # whose clock START and the seconds of a day are


@dataclass(frozen=True, slots=True)
class Hidden:
    """One manipulation: its kind as surveillance names it, who did it, on which day (0 is the first)."""

    kind: str
    parties: frozenset[str]
    day: int


@dataclass(slots=True)
class Tape:
    """Events as they are made, in no order; times on the market's clock, prices in minor units per lot."""

    random: np.random.Generator
    trades: list[TradeRow] = field(default_factory=list)
    orders: list[OrderRow] = field(default_factory=list)
    hidden: list[Hidden] = field(default_factory=list)

    def trade(self, day: int, second: float, buyer: str, seller: str, price: float, lots: int, taker: str) -> None:
        """A trade, with the two orders that met in it."""
        at, paid = _at(day, second), round(price)
        self.trades.append((f"T{len(self.trades):06d}", at, CITY, buyer, seller, paid, lots, taker))
        for owner, side in ((buyer, "buy"), (seller, "sell")):
            name = self.order(day, second - float(self.random.uniform(0, 200)), owner, side, price, lots)
            self.orders.append((name, at, CITY, owner, side, "fill", paid, lots))

    def order(
        self, day: int, second: float, owner: str, side: str, price: float, lots: int, cancel: float | None = None
    ) -> str:
        """An order entered and, at second `cancel`, taken back; answers its id."""
        name, asked = f"O{len(self.orders):06d}", round(price)
        self.orders.append((name, _at(day, second), CITY, owner, side, "enter", asked, lots))
        if cancel is not None:
            self.orders.append((name, _at(day, cancel), CITY, owner, side, "cancel", asked, lots))
        return name

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Trades and orders as surveillance reads them."""
        return pd.DataFrame(self.trades, columns=TRADE_COLUMNS), pd.DataFrame(self.orders, columns=ORDER_COLUMNS)

    def records(self) -> tuple[list[Order], list[Trade]]:
        """The same events as the trading desk leaves them in the journal: moments in UTC, days in the market's zone."""
        orders: dict[str, Order] = {}
        for name, at, city, owner, side, action, price, lots in sorted(self.orders, key=lambda row: row[1]):
            known = orders.get(name)
            if known is None:
                orders[name] = Order(
                    name,
                    city,
                    owner,
                    city,
                    Side(side),
                    lots,
                    price,
                    Tif.GTC,
                    "open",
                    0,
                    at.date().isoformat(),
                    number=len(orders) + 1,
                    time=_utc(at),
                )
            elif action == "fill":
                orders[name] = replace(known, filled=known.lots, state="filled", ended=_utc(at))
            else:
                orders[name] = replace(known, state="cancelled", ended=_utc(at))
        return list(orders.values()), [_trade(row) for row in self.trades]


def days(seed: int, *, count: int = 20, parties: int = 25) -> Tape:
    """`count` days: some 300 honest trades each and, on six days of seven, one manipulation of a random kind."""
    tape = Tape(np.random.default_rng(seed))
    names, price = [f"P{i:02d}" for i in range(parties)], 2_500.0
    for day in range(count):
        price = _honest(tape, day, names, price)
        kind = int(tape.random.integers(len(MANIPULATIONS) + 1))
        villain, other, third = (str(name) for name in tape.random.choice(names, 3, replace=False))
        if kind < len(MANIPULATIONS):
            MANIPULATIONS[kind](tape, day, price, (villain, other, third))
    return tape


def _utc(at: pd.Timestamp) -> str:
    return str(at.tz_localize(ZONE).tz_convert("UTC").isoformat())


def _trade(row: TradeRow) -> Trade:
    name, at, city, buyer, seller, price, lots, taker = row
    return Trade(
        id=name,
        city=city,
        kind="local",
        at=at.date().isoformat(),
        month=f"{at:%Y-%m}",
        buyer=buyer,
        buyer_city=city,
        seller=seller,
        seller_city=city,
        price=price,
        lots=lots,
        parts=(),
        fee=0,
        tax=0,
        buyer_price=price,
        time=_utc(at),
        taker=taker,
    )


def _at(day: int, second: float) -> pd.Timestamp:
    return START + pd.Timedelta(days=day, seconds=float(second))


def _honest(tape: Tape, day: int, names: list[str], price: float) -> float:
    random = tape.random
    for second in np.sort(random.uniform(0, DAY_SECONDS, int(random.integers(200, 300)))):
        price *= float(np.exp(random.normal(0, 0.0007)))
        lots = int(np.clip(random.lognormal(3.0, 0.6), 1, 200))
        _anybody(tape, day, second, names, price * random.uniform(0.999, 1.001), lots)
    for maker in names[:3]:
        for second in np.arange(0, DAY_SECONDS, 400):
            for side, factor in zip(SIDES, (0.998, 1.002), strict=True):
                tape.order(day, float(second), maker, side, price * factor, 40, cancel=float(second) + 390)
    for second in range(200, DAY_SECONDS, 900):
        tape.trade(day, second, names[5], str(random.choice(names[6:])), price, int(random.integers(10, 40)), "buyer")
    for second in random.uniform(0, DAY_SECONDS, 6):
        buyer, seller = (names[7], names[8]) if random.random() < 0.5 else (names[8], names[7])
        tape.trade(day, second, buyer, seller, price, int(random.integers(1, 150)), "buyer")
    for second in random.uniform(DAY_SECONDS - 900, DAY_SECONDS, 25):
        _anybody(tape, day, second, names, price * random.uniform(0.997, 1.003), int(random.integers(1, 60)))
    return price


def _anybody(tape: Tape, day: int, second: float, names: list[str], price: float, lots: int) -> None:
    buyer, seller = (str(name) for name in tape.random.choice(names, 2, replace=False))
    tape.trade(day, second, buyer, seller, price, lots, str(tape.random.choice(["buyer", "seller"])))


def _sometime(tape: Tape) -> float:
    return float(tape.random.uniform(3_000, DAY_SECONDS - 4_000))


def _ring(tape: Tape, day: int, price: float, chain: tuple[str, ...]) -> None:
    second, lots = _sometime(tape), int(tape.random.integers(20, 90))
    for trip in range(int(tape.random.integers(2, 5))):
        for step, seller in enumerate(chain):
            at, paid = second + trip * 700 + step * 150, price * tape.random.uniform(0.995, 1.005)
            tape.trade(day, at, chain[(step + 1) % len(chain)], seller, paid, lots, "buyer")
    tape.hidden.append(Hidden("wash_trade", frozenset(chain), day))


def _pair(tape: Tape, day: int, price: float, chosen: tuple[str, ...]) -> None:
    _ring(tape, day, price, chosen[:2])


def _layers(tape: Tape, day: int, price: float, chosen: tuple[str, ...]) -> None:
    second, selling = _sometime(tape), tape.random.random() < 0.5
    for layer in range(int(tape.random.integers(4, 8))):
        shown = price * (1.01 if selling else 0.99)
        tape.order(day, second + layer * 20, chosen[0], SIDES[selling], shown, 120, cancel=second + 420 + layer)
    buyer, seller = (chosen[0], chosen[1]) if selling else (chosen[1], chosen[0])
    tape.trade(day, second + 300, buyer, seller, price, int(tape.random.integers(20, 80)), "seller")
    tape.hidden.append(Hidden("layering", frozenset(chosen[:1]), day))


def _close(tape: Tape, day: int, price: float, chosen: tuple[str, ...]) -> None:
    up = tape.random.random() < 0.5
    buyer, seller = (chosen[0], chosen[1]) if up else (chosen[1], chosen[0])
    for step in range(12):
        paid = price * (1 + (0.004 if up else -0.004) * (step + 1))
        lots = int(tape.random.integers(60, 120))
        tape.trade(day, DAY_SECONDS - 700 + step * 55, buyer, seller, paid, lots, "buyer" if up else "seller")
    tape.hidden.append(Hidden("marking_the_close", frozenset(chosen[:1]), day))


def _far_price(tape: Tape, day: int, price: float, chosen: tuple[str, ...]) -> None:
    tape.trade(day, _sometime(tape), chosen[0], chosen[1], price * float(tape.random.choice([0.7, 1.4])), 10, "buyer")
    tape.hidden.append(Hidden("price_outlier", frozenset(chosen[:2]), day))


def _far_size(tape: Tape, day: int, price: float, chosen: tuple[str, ...]) -> None:
    tape.trade(day, _sometime(tape), chosen[0], chosen[1], price, int(tape.random.integers(4_000, 9_000)), "buyer")
    tape.hidden.append(Hidden("volume_outlier", frozenset(chosen[:2]), day))


MANIPULATIONS = (_pair, _ring, _layers, _close, _far_price, _far_size)
