"""The market of a city: pure rules from orders and obligations to decisions."""

from __future__ import annotations

from carbonpolis.market.auction.batch import Clearings, OneWay, call_auctions, one_way_auction
from carbonpolis.market.auction.call import Clearing, call_auction
from carbonpolis.market.auction.coupling import Coupling, couple
from carbonpolis.market.auction.session import CitySession, Session, hold_session
from carbonpolis.market.compliance.balance import Balance, balance, balances_by_city, balances_by_emitter
from carbonpolis.market.compliance.covering import Covering, StandingOrder, Wish, outlook, stand, standing_bid
from carbonpolis.market.compliance.obligation import Obligation, Shortfall, cover, oblige, true_up
from carbonpolis.market.compliance.surplus import surplus, surpluses
from carbonpolis.market.continuous.circuit_breaker import Phase, TradedBook, Uncrossed
from carbonpolis.market.continuous.city_books import CityBooks
from carbonpolis.market.continuous.types import CityFill
from carbonpolis.market.credit.collateral import MarginCall, Valuation, revalue, top_up, value
from carbonpolis.market.credit.default import declare, write_off
from carbonpolis.market.credit.draws import CreditLine, Draw, Exposure, Limits, Tranche, deliverable, draw, limits
from carbonpolis.market.credit.repayment import (
    Backing,
    accrue,
    backing,
    by_forward,
    by_own_project,
    by_purchase,
    repay,
    review,
)
from carbonpolis.market.floor.order_entry import Wanted
from carbonpolis.market.marketdata.bars import bars, closing_prices, coarser
from carbonpolis.market.marketdata.book_feed import Gap, Increment, Publisher, Snapshot
from carbonpolis.market.matching.order_book import OrderBook
from carbonpolis.market.matching.types import ABSENT, FILL_DTYPE, ORDER_DTYPE, Fill, Halt, Outcome, Resting, Ticket
from carbonpolis.market.offbook.block import BlockTrade, Deal, Means, confirm, lapse, propose, turn_down
from carbonpolis.market.offbook.forward import Forward, hand_on
from carbonpolis.market.offbook.forward import agree as agree_forward
from carbonpolis.market.offbook.forward import deliver as deliver_forwards
from carbonpolis.market.offbook.forward import refund as refund_forwards
from carbonpolis.market.order import Match, Order, Side, Tif, Trade
from carbonpolis.market.settlement import When, deliverable_units, release, reserve, settle
from carbonpolis.market.surveillance.detectors import Case, Thresholds, watch
from carbonpolis.market.venue.admission import (
    Admission,
    Check,
    Intents,
    Permits,
    Verdict,
    admit,
    default_admissions,
    may,
    permits,
)
from carbonpolis.market.venue.calendar import Calendar, default_calendar
from carbonpolis.market.venue.settings import CreditRules, Venue, default_venue, price_band

__all__ = [
    "ABSENT",
    "FILL_DTYPE",
    "ORDER_DTYPE",
    "Admission",
    "Backing",
    "Balance",
    "BlockTrade",
    "Calendar",
    "Case",
    "Check",
    "CityBooks",
    "CityFill",
    "CitySession",
    "Clearing",
    "Clearings",
    "Coupling",
    "Covering",
    "CreditLine",
    "CreditRules",
    "Deal",
    "Draw",
    "Exposure",
    "Fill",
    "Forward",
    "Gap",
    "Halt",
    "Increment",
    "Intents",
    "Limits",
    "MarginCall",
    "Match",
    "Means",
    "Obligation",
    "OneWay",
    "Order",
    "OrderBook",
    "Outcome",
    "Permits",
    "Phase",
    "Publisher",
    "Resting",
    "Session",
    "Shortfall",
    "Side",
    "Snapshot",
    "StandingOrder",
    "Thresholds",
    "Ticket",
    "Tif",
    "Trade",
    "TradedBook",
    "Tranche",
    "Uncrossed",
    "Valuation",
    "Venue",
    "Verdict",
    "Wanted",
    "When",
    "Wish",
    "accrue",
    "admit",
    "agree_forward",
    "backing",
    "balance",
    "balances_by_city",
    "balances_by_emitter",
    "bars",
    "by_forward",
    "by_own_project",
    "by_purchase",
    "call_auction",
    "call_auctions",
    "closing_prices",
    "coarser",
    "confirm",
    "couple",
    "cover",
    "declare",
    "default_admissions",
    "default_calendar",
    "default_venue",
    "deliver_forwards",
    "deliverable",
    "deliverable_units",
    "draw",
    "hand_on",
    "hold_session",
    "lapse",
    "limits",
    "may",
    "oblige",
    "one_way_auction",
    "outlook",
    "permits",
    "price_band",
    "propose",
    "refund_forwards",
    "release",
    "repay",
    "reserve",
    "revalue",
    "review",
    "settle",
    "stand",
    "standing_bid",
    "surplus",
    "surpluses",
    "top_up",
    "true_up",
    "turn_down",
    "value",
    "watch",
    "write_off",
]
