"""The market of a city: pure rules from orders and obligations to decisions."""

from __future__ import annotations

from carbonpolis.market.auction import Clearing, call_auction
from carbonpolis.market.balance import Balance, balance, balances_by_city, balances_by_emitter, surplus, surpluses
from carbonpolis.market.book import OrderBook
from carbonpolis.market.continuous import CityBooks, CityFill
from carbonpolis.market.coupling import Coupling, couple
from carbonpolis.market.credit import CreditLine, Draw, Exposure, Limits, Tranche, deliverable, draw, limits
from carbonpolis.market.obligation import Obligation, Shortfall, cover, oblige, true_up
from carbonpolis.market.order import (
    ABSENT,
    FILL_DTYPE,
    ORDER_DTYPE,
    Fill,
    Halt,
    Match,
    Order,
    Outcome,
    Resting,
    Side,
    Tif,
    Trade,
)
from carbonpolis.market.session import CitySession, Session, hold_session
from carbonpolis.market.settlement import When, deliverable_units, release, reserve, settle
from carbonpolis.market.trading import Phase, TradedBook, Uncrossed
from carbonpolis.market.venue import CreditRules, Venue, default_venue, price_band

__all__ = [
    "ABSENT",
    "FILL_DTYPE",
    "ORDER_DTYPE",
    "Balance",
    "CityBooks",
    "CityFill",
    "CitySession",
    "Clearing",
    "Coupling",
    "CreditLine",
    "CreditRules",
    "Draw",
    "Exposure",
    "Fill",
    "Halt",
    "Limits",
    "Match",
    "Obligation",
    "Order",
    "OrderBook",
    "Outcome",
    "Phase",
    "Resting",
    "Session",
    "Shortfall",
    "Side",
    "Tif",
    "Trade",
    "TradedBook",
    "Tranche",
    "Uncrossed",
    "Venue",
    "When",
    "balance",
    "balances_by_city",
    "balances_by_emitter",
    "call_auction",
    "couple",
    "cover",
    "default_venue",
    "deliverable",
    "deliverable_units",
    "draw",
    "hold_session",
    "limits",
    "oblige",
    "price_band",
    "release",
    "reserve",
    "settle",
    "surplus",
    "surpluses",
    "true_up",
]
