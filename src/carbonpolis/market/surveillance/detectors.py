"""Surveillance of the market: pure detectors over what happened, which return cases with their evidence.

A case is a question for the operator, no verdict. Frames, in any order of rows:
trades: trade (id), time (datetime), city, buyer, seller, price (minor units per lot), lots, taker ("buyer" or
"seller": who crossed the spread; "" where it is not known). orders: order (id; of a fill also the trade's), time, city,
owner, side ("buy", "sell"), action ("enter", "cancel", "fill"), price (minor units per lot), lots (of the action: a
cancellation says what was left). `market.tape` makes both from the journal. Missing columns raise ValueError.
What to look for follows market abuse law, whose annex names these patterns: Regulation (EU) 596/2014, annex I.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from carbonpolis.market.marketdata.statistics import herfindahl

TRADES = ("trade", "time", "city", "buyer", "seller", "price", "lots", "taker")
ORDERS = ("order", "time", "city", "owner", "side", "action", "price", "lots")
KINDS = ("wash_trade", "layering", "marking_the_close", "concentration", "price_outlier", "volume_outlier")


@dataclass(frozen=True, slots=True)
class Case:
    """One suspicion.

    parties: who is asked, sorted. start, end: ISO 8601. evidence: ids of the trades and orders that it rests on.
    figures: what was measured, with the unit in the name. state: open | cleared | confirmed.
    """

    id: str
    city: str
    kind: str
    parties: tuple[str, ...]
    start: str
    end: str
    evidence: tuple[str, ...]
    figures: dict[str, float]
    words: str
    state: str = "open"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a pattern becomes a case; every figure is ours, to be set by the operator.

    Times in seconds. alike: how far lots of a ring may differ, near: how far its prices may, both as shares. trips: how
    often a ring has to come round in a day. ring: parties in it at most. layers: times the lots that were executed on
    the other side; layer_orders: orders at least; taken_back: share of an order's lots that was cancelled. close_move,
    close_push: of the price; close_share: of the lots taken in one direction. share: of one holder; herfindahl: above
    it a market counts as highly concentrated (1,800 points in the Merger Guidelines of the United States, 2023; from
    memory). deviations: robust standard deviations.
    """

    ring_seconds: int = 3600
    alike: float = 0.05
    near: float = 0.02
    trips: int = 2
    ring: int = 4
    layer_seconds: int = 600
    layers: float = 5.0
    layer_orders: int = 3
    taken_back: float = 0.9
    close_seconds: int = 1800
    close_move: float = 0.008
    close_push: float = 0.02
    close_share: float = 0.4
    close_trades: int = 3
    share: float = 0.25
    herfindahl: float = 0.18
    deviations: float = 6.0
    memory: int = 60
    groups: Mapping[str, str] = field(default_factory=dict)


def wash_trades(trades: pd.DataFrame, limits: Thresholds | None = None) -> list[Case]:
    """Trades without a change of owner: within one group, or units that came back to who sold them, again and again.

    groups in the limits: party to group, where several accounts have one owner. A ring is a chain of up to `ring`
    sales whose lots and prices are alike and which ends where it began within `ring_seconds`.
    """
    limits, frame = limits or Thresholds(), _checked(trades, TRADES, "trades")
    owner = {party: limits.groups.get(party, party) for party in {*frame["buyer"], *frame["seller"]}}
    inside = frame[frame["buyer"].map(owner) == frame["seller"].map(owner)]
    cases = [
        _case("wash_trade", str(city), rows, {str(p) for p in (*rows["buyer"], *rows["seller"])},
              {"lots": float(rows["lots"].sum()), "trades": float(len(rows))}, "buyer and seller are one owner")
        for (city, _, _), rows in inside.groupby(["city", inside["buyer"].map(owner), inside["time"].dt.date])
    ]  # fmt: skip
    for city, rows in frame.groupby("city"):
        found: dict[tuple[frozenset[str], object], list[tuple[int, ...]]] = defaultdict(list)
        for ring in _rings(rows, limits):
            parties = frozenset(str(rows["seller"].iloc[i]) for i in ring)
            found[parties, rows["time"].iloc[ring[0]].date()].append(ring)
        for (parties, _), rings in found.items():
            if len(rings) >= limits.trips:
                part = rows.iloc[sorted({i for ring in rings for i in ring})]
                figures = {"trips": float(len(rings)), "lots": float(part["lots"].sum())}
                words = f"the units of {len(rings)} sales came back to their seller"
                cases.append(_case("wash_trade", str(city), part, parties, figures, words))
    return cases


def layering(orders: pd.DataFrame, limits: Thresholds | None = None) -> list[Case]:
    """Orders that were not meant: large ones on one side, taken back once the owner had traded on the other.

    For each execution the owner's orders on the other side count that were entered within `layer_seconds` before it and
    cancelled within as many after it, `taken_back` of their lots or more: `layer_orders` of them or more, with `layers`
    times its lots.
    """
    limits, frame = limits or Thresholds(), _checked(orders, ORDERS, "orders")
    cancelled = frame[frame["action"] == "cancel"].set_index("order")[["time", "lots"]].add_suffix("_cancel")
    shown = frame[frame["action"] == "enter"].join(cancelled, on="order", how="inner")
    shown = shown[shown["lots_cancel"] >= limits.taken_back * shown["lots"]]
    many = shown.groupby(["city", "owner"])["order"].transform("size") >= limits.layer_orders
    fills = dict(iter(frame[frame["action"] == "fill"].groupby(["city", "owner"])))
    cases = []
    for (city, owner), layers in shown[many].groupby(["city", "owner"]):
        found = _layers_around(layers, fills.get((city, owner), frame.iloc[:0]), limits)
        for _, rows in found.groupby(found["time"].dt.date):
            shown_lots = float(rows.drop_duplicates("order_layer")["lots_layer"].sum())
            traded = float(rows.drop_duplicates(["order", "time"])["lots"].sum())
            evidence = frame[frame["order"].isin([*rows["order_layer"], *rows["order"]]) & (frame["owner"] == owner)]
            words = f"{shown_lots:g} lots were shown and taken back around {traded:g} lots traded on the other side"
            figures = {"shown_lots": shown_lots, "traded_lots": traded, "orders": float(rows["order_layer"].nunique())}
            cases.append(_case("layering", str(city), evidence, {str(owner)}, figures, words))
    return cases


def marking_the_close(trades: pd.DataFrame, limits: Thresholds | None = None) -> list[Case]:
    """One taker moved the price in the window that makes the closing price, or tried to.

    The window is a day's last `close_seconds`, up to its last trade. One party took `close_share` or more of the lots
    taken in one direction, in `close_trades` trades or more, and either the volume-weighted price went that way by
    `close_move` or more since as many seconds before, or its own trades went by `close_push` or more from the trades
    before them, summed: others may have traded the price back each time. Where it is not known who took, whoever gained
    by the direction counts.
    """
    limits, frame = limits or Thresholds(), _checked(trades, TRADES, "trades")
    window = pd.Timedelta(seconds=limits.close_seconds)
    cases = []
    for (city, _), rows in frame.groupby(["city", frame["time"].dt.date]):
        steps = rows.assign(step=np.diff(np.log(rows["price"].clip(lower=1).to_numpy(dtype=float)), prepend=np.nan))
        age = rows["time"].max() - rows["time"]
        closing, before = steps[age < window], rows[(age >= window) & (age < 2 * window)]
        if not len(before):
            continue
        move = _vwap(closing) / _vwap(before) - 1
        for side, way in (("buyer", 1), ("seller", -1)):
            taken = closing[closing["taker"].isin((side, ""))]
            for party, mine in taken.groupby(side):
                share, push = mine["lots"].sum() / taken["lots"].sum(), float(mine["step"].sum())
                moved = way * move >= limits.close_move or way * push >= limits.close_push
                if share < limits.close_share or len(mine) < limits.close_trades or not moved:
                    continue
                figures = {
                    "move_share": float(move),
                    "push_share": push,
                    "party_share": float(share),
                    "lots": float(mine["lots"].sum()),
                }
                words = (
                    f"took {share:.0%} of the lots that {side}s took; the close went by {move:+.1%}, "
                    f"its own trades by {push:+.1%} from those before them"
                )
                cases.append(_case("marking_the_close", str(city), mine, {str(party)}, figures, words))
    return cases


def concentration(holdings: Mapping[str, Mapping[str, int]], at: str, limits: Thresholds | None = None) -> list[Case]:
    """Who holds much of a city's units. holdings: city to holder to kilograms; at: ISO date.

    One case a city: the holders above `share`, or the largest where only the Herfindahl index is high.
    """
    limits = limits or Thresholds()
    cases = []
    for city, held in holdings.items():
        total = sum(held.values())
        if not total:
            continue
        shares = {holder: kg / total for holder, kg in held.items()}
        index = herfindahl(held.values())
        large = {holder: share for holder, share in shares.items() if share >= limits.share}
        if not large and index < limits.herfindahl:
            continue
        named = large or {max(shares, key=lambda holder: (shares[holder], holder)): max(shares.values())}
        figures = {"herfindahl": index, "largest_share": max(shares.values()), "kg": float(total)}
        words = f"Herfindahl index {index:.3f}; " + ", ".join(f"{who} {share:.0%}" for who, share in named.items())
        name = f"CASE-concentration-{city}-{at}"
        cases.append(Case(name, city, "concentration", tuple(sorted(named)), at, at, (), figures, words))
    return cases


def outliers(trades: pd.DataFrame, limits: Thresholds | None = None) -> list[Case]:
    """Prices and volumes far from the `memory` trades before: more than so many robust `deviations` (median and median
    absolute deviation of logarithms; Hampel 1974, JASA 69:383-393). A deviation is 1 % of the price, or a factor of 1.5
    in lots, at least.
    """
    limits, frame = limits or Thresholds(), _checked(trades, TRADES, "trades")
    cases = []
    for column, kind, floor in (("price", "price_outlier", 0.01), ("lots", "volume_outlier", 0.4)):
        for city, rows in frame.groupby("city"):
            log = pd.Series(np.log(rows[column].clip(lower=1).to_numpy(dtype=float)), index=rows.index)
            past = log.shift().rolling(limits.memory, min_periods=limits.memory // 2)
            middle = past.median()
            spread = (1.4826 * (log - middle).abs().shift().rolling(limits.memory, min_periods=5).median()).clip(floor)
            score = (log - middle) / spread
            for position in np.flatnonzero((score.abs() > limits.deviations).to_numpy()).tolist():
                row = rows.iloc[[position]]
                figures = {column: float(row[column].iloc[0]), "deviations": float(score.iloc[position])}
                usual = float(np.exp(middle.iloc[position]))
                parties = {str(row["buyer"].iloc[0]), str(row["seller"].iloc[0])}
                words = f"{column} {figures[column]:g} where {usual:.6g} was usual"
                cases.append(_case(kind, str(city), row, parties, figures, words))
    return cases


def watch(trades: pd.DataFrame, orders: pd.DataFrame, limits: Thresholds | None = None) -> list[Case]:
    """Every detector over one stretch of events (concentration looks at holdings, so apart), in the order of KINDS."""
    found = [*wash_trades(trades, limits), *layering(orders, limits), *marking_the_close(trades, limits)]
    return [*found, *outliers(trades, limits)]


def _layers_around(layers: pd.DataFrame, fills: pd.DataFrame, limits: Thresholds) -> pd.DataFrame:
    """Each fill beside each of the layers that stood around it, where there are enough of them. One owner's, in one
    city, both in the order of time."""
    begins = layers["time"].iloc[0]
    entered, gone, when = (
        (each - begins).dt.total_seconds().to_numpy() for each in (layers["time"], layers["time_cancel"], fills["time"])
    )
    side, lots, whose, traded = (
        each.to_numpy() for each in (layers["side"], layers["lots"], fills["side"], fills["lots"])
    )
    pairs: list[tuple[int, int]] = []
    first = np.searchsorted(entered, when - limits.layer_seconds, side="left")
    last = np.searchsorted(entered, when, side="right")
    for i, (start, end) in enumerate(zip(first, last, strict=True)):
        near = slice(start, end)
        stood = (gone[near] >= when[i]) & (gone[near] <= when[i] + limits.layer_seconds) & (side[near] != whose[i])
        found = start + np.flatnonzero(stood)
        if len(found) >= limits.layer_orders and lots[found].sum() >= limits.layers * traded[i]:
            pairs += [(i, int(layer)) for layer in found]
    at, of = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    around = fills.iloc[at].reset_index(drop=True)
    return around.assign(order_layer=layers["order"].to_numpy()[of], lots_layer=lots[of])


def _rings(rows: pd.DataFrame, limits: Thresholds) -> Iterator[tuple[int, ...]]:
    """Chains of sales, as positions in `rows` (sorted by time), that end at who began them; each trade in one only."""
    seller, buyer, lots, price = (rows[name].to_numpy() for name in ("seller", "buyer", "lots", "price"))
    time = (rows["time"] - rows["time"].iloc[0]).dt.total_seconds().to_numpy()
    sales: dict[object, list[int]] = defaultdict(list)
    for i, who in enumerate(seller):
        sales[who].append(i)
    used: set[int] = set()

    def follow(chain: tuple[int, ...]) -> tuple[int, ...] | None:
        first, last = chain[0], chain[-1]
        if buyer[last] == seller[first]:
            return chain
        if len(chain) == limits.ring:
            return None
        mine = sales[buyer[last]]
        for i in mine[int(np.searchsorted(mine, last, side="right")) :]:
            if time[i] - time[first] > limits.ring_seconds:
                return None
            same = abs(lots[i] - lots[first]) <= limits.alike * lots[first]
            close = abs(price[i] - price[first]) <= limits.near * price[first]
            if same and close and i not in used and buyer[i] not in {buyer[j] for j in chain}:
                found = follow((*chain, i))
                if found:
                    return found
        return None

    for i in range(len(rows)):
        if i not in used and buyer[i] != seller[i]:
            ring = follow((i,))
            if ring:
                used.update(ring)
                yield ring


def _case(
    kind: str, city: str, rows: pd.DataFrame, parties: Iterable[str], figures: dict[str, float], words: str
) -> Case:
    start, end = rows["time"].min(), rows["time"].max()
    column = "trade" if "trade" in rows else "order"
    evidence = tuple(dict.fromkeys(str(each) for each in rows[column]))
    who = tuple(sorted(parties))
    name = f"CASE-{kind}-{evidence[0]}-{who[0]}"
    return Case(name, city, kind, who, start.isoformat(), end.isoformat(), evidence, figures, words)


def _vwap(rows: pd.DataFrame) -> float:
    return float((rows["price"] * rows["lots"]).sum() / rows["lots"].sum())


def _checked(frame: pd.DataFrame, columns: tuple[str, ...], name: str) -> pd.DataFrame:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise ValueError(f"{name} without {', '.join(missing)}; expected {', '.join(columns)}")
    ordered = frame.assign(time=pd.to_datetime(frame["time"])).sort_values("time", kind="stable")
    return ordered.reset_index(drop=True)
