"""The market of a city: pure rules from orders and obligations to decisions."""

from __future__ import annotations

from carbonpolis.market.auction import Clearing, call_auction
from carbonpolis.market.auctions import Clearings, OneWay, call_auctions, one_way_auction
from carbonpolis.market.balance import Balance, balance, balances_by_city, balances_by_emitter, surplus, surpluses
from carbonpolis.market.coupling import Coupling, couple
from carbonpolis.market.credit import CreditLine, Draw, Exposure, Limits, Tranche, deliverable, draw, limits
from carbonpolis.market.obligation import Obligation, Shortfall, cover, oblige, true_up
from carbonpolis.market.order import Fill, Match, Order, Side, Tif, Trade
from carbonpolis.market.session import CitySession, Session, hold_session
from carbonpolis.market.settlement import When, deliverable_units, release, reserve, settle
from carbonpolis.market.venue import CreditRules, Venue, default_venue

__all__ = [
    "Balance",
    "CitySession",
    "Clearing",
    "Clearings",
    "Coupling",
    "CreditLine",
    "CreditRules",
    "Draw",
    "Exposure",
    "Fill",
    "Limits",
    "Match",
    "Obligation",
    "OneWay",
    "Order",
    "Session",
    "Shortfall",
    "Side",
    "Tif",
    "Trade",
    "Tranche",
    "Venue",
    "When",
    "balance",
    "balances_by_city",
    "balances_by_emitter",
    "call_auction",
    "call_auctions",
    "couple",
    "cover",
    "default_venue",
    "deliverable",
    "deliverable_units",
    "draw",
    "hold_session",
    "limits",
    "oblige",
    "one_way_auction",
    "release",
    "reserve",
    "settle",
    "surplus",
    "surpluses",
    "true_up",
]
