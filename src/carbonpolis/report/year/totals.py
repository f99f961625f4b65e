"""The whole report of a market year: totals, market, policy, and what is assumed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from carbonpolis.ledger import Balances, Purpose
from carbonpolis.market.auction.market_year import MonthClose
from carbonpolis.market.order import Trade
from carbonpolis.measure import Estimate
from carbonpolis.registry.units import is_batch
from carbonpolis.report.year import shape
from carbonpolis.report.year.figures import TONNES, figure, money, tonnes
from carbonpolis.report.year.registry import BUFFERED, HELD

BALANCE_SUMS = (
    "emissions",
    "covered",
    "on_credit",
    "uncovered",
    "uncovered_obliged",
    "uncovered_not_obliged",
    "removals",
    "surplus",
)


def total_balance(cities: Iterable[shape.CityReport], removal: Estimate) -> shape.Balance:
    """The balance over all cities. removal: of all their sinks together, which share the errors of their factors."""
    balances = [city["balance"] for city in cities]
    sums: dict[str, Any] = {}
    for name in BALANCE_SUMS:
        unit = balances[0][name]["unit"] if balances else TONNES  # type: ignore[literal-required]
        # Each is whole kilograms shown in tonnes, so the sum is rounded back to the kilogram it is.
        total = sum(float(b[name]["value"] or 0.0) for b in balances)  # type: ignore[literal-required,misc]
        sums[name] = figure(round(total, 3), unit)
    low, high = removal.interval(0.95)
    sums["removals_interval"] = [figure(float(low), "t CO2/year"), figure(float(high), "t CO2/year")]
    return sums  # type: ignore[return-value]


def ledger_totals(balances: Balances) -> shape.LedgerTotals:
    """All units by where they are; asserts that they add up to what was issued."""
    sums: dict[Purpose, int] = {}
    for account, kg in balances.items():
        if is_batch(account.asset):
            sums[account.purpose] = sums.get(account.purpose, 0) + kg
    issued, held = -sums.get(Purpose.ISSUER, 0), sum(sums.get(purpose, 0) for purpose in HELD)
    buffered = sum(sums.get(purpose, 0) for purpose in BUFFERED)
    retired, cancelled, exported = (
        sums.get(purpose, 0) for purpose in (Purpose.RETIRED, Purpose.CANCELLED, Purpose.EXPORTED)
    )
    assert issued == held + buffered + retired + cancelled + exported, "units do not add up"
    return shape.LedgerTotals(
        issued=tonnes(issued, "t"),
        held=tonnes(held, "t"),
        buffered=tonnes(buffered, "t"),
        retired=tonnes(retired, "t"),
        cancelled=tonnes(cancelled, "t"),
        exported=tonnes(exported, "t"),
    )


def money_totals(balances: Balances, currency: str) -> shape.MoneyTotals:
    """All money by where it is; asserts that it adds up to what came in."""
    own = {account: cents for account, cents in balances.items() if account.asset == currency}

    def held(purposes: set[Purpose]) -> int:
        return sum(cents for account, cents in own.items() if account.purpose in purposes)

    deposited, fees, funds = -held({Purpose.OUTSIDE}), held({Purpose.FEES}), held({Purpose.FUND})
    parties = held(set(HELD))
    assert deposited == parties + fees + funds, "money does not add up"
    return shape.MoneyTotals(
        deposited=money(deposited, currency, assumed=True),
        with_parties=money(parties, currency, assumed=True),
        fees=money(fees, currency, assumed=True),
        climate_funds=money(funds, currency, assumed=True),
    )


def market_section(
    trades: Sequence[Trade], closes: Iterable[MonthClose], currency: str, names: Mapping[str, str]
) -> shape.MarketReport:
    """Trades, what flowed between cities, and each city's newest book that held an order.

    closes: oldest first. names: of the parties, by id.
    """
    per_tonne = f"{currency}/t"
    flows: dict[tuple[str, str], tuple[int, int]] = {}
    for trade in trades:
        if trade.seller_city != trade.buyer_city:
            lots, income = flows.get((trade.seller_city, trade.buyer_city), (0, 0))
            flows[trade.seller_city, trade.buyer_city] = lots + trade.lots, income + trade.congestion
    newest = {close.city: close for close in closes if close.session.bids or close.session.asks}
    return shape.MarketReport(
        trades=[
            shape.Trade(
                month=trade.month,
                kind=trade.kind,
                seller_city=trade.seller_city,
                buyer_city=trade.buyer_city,
                seller=names.get(trade.seller, trade.seller),
                buyer=names.get(trade.buyer, trade.buyer),
                batch=", ".join(batch for batch, _ in trade.parts),
                lots=figure(trade.lots, "t"),
                price=money(trade.price, per_tonne, assumed=True),
            )
            for trade in trades
        ],
        depth={
            city: shape.Depth(
                month=close.month,
                bids=[[price / 100, float(lots)] for price, lots in close.session.bids],
                asks=[[price / 100, float(lots)] for price, lots in close.session.asks],
            )
            for city, close in newest.items()
        },
        flows=[
            {
                "from": way[0],
                "to": way[1],
                "lots": figure(lots, "t"),
                "income": money(income, currency, assumed=True),
            }
            for way, (lots, income) in sorted(flows.items(), key=lambda item: -item[1][0])
        ],
    )
