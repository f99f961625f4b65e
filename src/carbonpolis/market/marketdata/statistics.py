"""What the trades of a market say: S21-S25 and the ingredients of S28, as plain rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from carbonpolis.market.auction.session import CitySession, Level
from carbonpolis.market.compliance.obligation import Obligation
from carbonpolis.market.order import Trade
from carbonpolis.registry.units import Batch

RECENT_DAYS, LEAST_DAYS = 90, 5  # S21: the operational definition
MINOR = 100  # minor units in one of the currency
OFF_BOOK = frozenset({"block", "gift", "group", "forward"})  # agreed elsewhere or long ago: no price of the book
GIVEN = frozenset({"gift", "group"})
DEPTH_BAND = 500  # basis points of the mid price, either side


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one city: symbol, value (None: nothing to measure), unit, and how many lots it rests on."""

    city: str
    symbol: str
    value: float | None
    unit: str
    lots: int


def local_price(trades: Iterable[Trade], city: str, currency: str, *, until: date | None = None) -> Row:
    """S21: volume-weighted mean price of the trades between the city's own accounts, money per tonne.

    until: of the 90 days that end then; where fewer than five days of them had trades, of the last of those days
    (operational definition of S21). Without it, of all trades.
    """
    own = [trade for trade in trades if trade.city == trade.buyer_city == city and _priced(trade)]
    if until is not None:
        own = _recent(own, until)
    return _mean(city, "S21", own, sum(trade.lots * trade.price for trade in own), currency)


def sell_price(trades: Iterable[Trade], city: str, currency: str) -> Row:
    """S22: volume-weighted mean of what sellers got for the city's units from outside buyers, net of fees."""
    sold = [trade for trade in trades if trade.city == city != trade.buyer_city and _priced(trade)]
    return _mean(city, "S22", sold, sum(trade.lots * trade.price for trade in sold), currency)


def import_price(trades: Iterable[Trade], city: str, currency: str) -> Row:
    """S23: volume-weighted mean of what the city's accounts paid for outside units, landed: all fees and taxes in."""
    bought = [trade for trade in trades if trade.buyer_city == city != trade.city and _priced(trade)]
    return _mean(city, "S23", bought, sum(trade.landed for trade in bought), currency)


def _recent(trades: Sequence[Trade], until: date) -> list[Trade]:
    """The trades of the last 90 days, or of the last day of trading among them where those days are fewer than five."""
    since = (until - timedelta(days=RECENT_DAYS)).isoformat()
    recent = [trade for trade in trades if since < trade.at[:10] <= until.isoformat()]
    days = sorted({trade.at[:10] for trade in recent})
    return recent if len(days) >= LEAST_DAYS else [trade for trade in recent if trade.at[:10] == days[-1]]


def block_price(trades: Iterable[Trade], city: str, currency: str) -> Row:
    """Volume-weighted mean price of block trades in the city's units, money per tonne: apart from S21 to S23."""
    agreed = [trade for trade in trades if trade.city == city and trade.kind == "block"]
    return _mean(city, "block_price", agreed, sum(trade.lots * trade.price for trade in agreed), currency)


def given_away(trades: Iterable[Trade], city: str) -> int:
    """Lots of the city's units given away or moved within groups, at no price."""
    return sum(trade.lots for trade in trades if trade.city == city and trade.kind in GIVEN)


def need(owed: Iterable[Obligation], batches: Iterable[Batch], city: str) -> Row:
    """S24: what each emitter owes for the year beyond the units of its own sinks, never below 0, summed, tonnes."""
    due: Counter[str] = Counter()
    for obligation in owed:
        due[obligation.emitter] += obligation.due_kg
    for batch in batches:
        if batch.owner in due:
            due[batch.owner] -= batch.issued_kg - batch.buffer_kg
    return Row(city, "S24", sum(kg for kg in due.values() if kg > 0) / 1000, "t/yr", 0)


def local_demand(trades: Iterable[Trade], sessions: Iterable[CitySession], city: str) -> Row:
    """S24, the form from the book: lots that the city's accounts bought, and the most they left unfilled in a session.

    The largest unfilled book counts once, not each month's, because the same need is bid again in the next session.
    """
    cleared = sum(trade.lots for trade in trades if trade.buyer_city == city and trade.kind not in GIVEN)
    unfilled = max((_lots(each.unfilled_bids) for each in sessions if each.city == city), default=0)
    return Row(city, "S24", float(cleared + unfilled), "t/yr", cleared)


def export_demand(trades: Iterable[Trade], sessions: Sequence[CitySession], city: str, transfer_fee: int) -> Row:
    """S25: lots of the city's units that outsiders bought, and what more they bid at the city's price and the fee.

    Of a session's bids that stayed unfilled elsewhere, those count that would have paid the city's quotation plus the
    transfer fee (minor units per lot), and of them the city's share of all that was offered, so that no bid stands in
    two cities; of all sessions the largest such demand. sessions: of every city, month after month.
    """
    cleared = sum(t.lots for t in trades if t.city == city != t.buyer_city and t.kind not in GIVEN)
    names = list(dict.fromkeys(each.city for each in sessions))
    unfilled = 0.0
    for start in range(0, len(sessions), max(1, len(names))):
        month = sessions[start : start + len(names)]
        asked = [each.quotation for each in month if each.city == city]
        outside = (level for each in month if each.city != city for level in each.unfilled_bids)
        offered = sum(each.ask_lots for each in month)
        if asked and offered:
            share = sum(each.ask_lots for each in month if each.city == city) / offered
            unfilled = max(unfilled, share * sum(lots for price, lots in outside if price >= asked[0] + transfer_fee))
    return Row(city, "S25", cleared + unfilled, "t/yr", cleared)


def spread(session: CitySession) -> float | None:
    """Best ask less best bid of what stayed in the book, as a share of their mean; None for a one-sided book."""
    if not session.unfilled_bids or not session.unfilled_asks:
        return None
    bid, ask = session.unfilled_bids[0][0], session.unfilled_asks[0][0]
    return 2 * (ask - bid) / (ask + bid) if ask + bid else None


def depth(session: CitySession, band: int = DEPTH_BAND) -> int:
    """Lots that met within `band` basis points of the session's price (the local one, else the quotation)."""
    price = session.quotation if session.local_price is None else session.local_price
    near = [lots for level, lots in (*session.bids, *session.asks) if abs(level - price) * 10_000 <= price * band]
    return sum(near)


def turnover(trades: Iterable[Trade], city: str, issued_kg: int) -> float | None:
    """Tonnes of the city's units traded (gifts left out) per tonne issued; None when nothing was issued."""
    traded = sum(trade.kg for trade in trades if trade.city == city and trade.kind not in GIVEN)
    return traded / issued_kg if issued_kg else None


def concentration(trades: Iterable[Trade], city: str) -> float | None:
    """Herfindahl index of the buyers of the city's units by lots, 0 to 1; None when nothing traded."""
    bought: Counter[str] = Counter()
    for trade in trades:
        if trade.city == city:
            bought[trade.buyer] += trade.lots
    return herfindahl(bought.values()) if bought else None


def herfindahl(amounts: Iterable[int]) -> float:
    """Sum of squared shares, 0 to 1 (Herfindahl 1950, Hirschman 1945); 0 for nothing."""
    held = [amount for amount in amounts if amount > 0]
    total = sum(held)
    return sum((amount / total) ** 2 for amount in held) if total else 0.0


def _priced(trade: Trade) -> bool:
    return trade.price > 0 and trade.kind not in OFF_BOOK


def _mean(city: str, symbol: str, trades: Sequence[Trade], minor: int, currency: str) -> Row:
    lots = sum(trade.lots for trade in trades)
    return Row(city, symbol, minor / lots / MINOR if lots else None, f"{currency}/t", lots)


def _lots(levels: Iterable[Level]) -> int:
    return sum(lots for _, lots in levels)
