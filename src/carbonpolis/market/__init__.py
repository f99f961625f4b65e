"""The market of a city: pure rules from orders and obligations to decisions."""

from __future__ import annotations

from carbonpolis.market.admission import (
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
from carbonpolis.market.auction import Clearing, call_auction
from carbonpolis.market.auctions import Clearings, OneWay, call_auctions, one_way_auction
from carbonpolis.market.balance import Balance, balance, balances_by_city, balances_by_emitter, surplus, surpluses
from carbonpolis.market.bars import bars, closing_prices, coarser
from carbonpolis.market.block import BlockTrade, Deal, Means, confirm, lapse, propose, turn_down
from carbonpolis.market.book import OrderBook
from carbonpolis.market.collateral import MarginCall, Valuation, revalue, top_up, value
from carbonpolis.market.continuous import CityBooks
from carbonpolis.market.coupling import Coupling, couple
from carbonpolis.market.covering import Covering, StandingOrder, Wish, outlook, stand, standing_bid
from carbonpolis.market.credit import CreditLine, Draw, Exposure, Limits, Tranche, deliverable, draw, limits
from carbonpolis.market.default import declare, write_off
from carbonpolis.market.entry import Wanted
from carbonpolis.market.feed import Gap, Increment, Publisher, Snapshot
from carbonpolis.market.forward import Forward, hand_on
from carbonpolis.market.forward import agree as agree_forward
from carbonpolis.market.forward import deliver as deliver_forwards
from carbonpolis.market.forward import refund as refund_forwards
from carbonpolis.market.hours import Calendar, default_calendar
from carbonpolis.market.obligation import Obligation, Shortfall, cover, oblige, true_up
from carbonpolis.market.order import (
    ABSENT,
    FILL_DTYPE,
    ORDER_DTYPE,
    CityFill,
    Fill,
    Halt,
    Match,
    Order,
    Outcome,
    Resting,
    Side,
    Ticket,
    Tif,
    Trade,
)
from carbonpolis.market.repayment import (
    Backing,
    accrue,
    backing,
    by_forward,
    by_own_project,
    by_purchase,
    repay,
    review,
)
from carbonpolis.market.session import CitySession, Session, hold_session
from carbonpolis.market.settlement import When, deliverable_units, release, reserve, settle
from carbonpolis.market.surveillance import Case, Thresholds, watch
from carbonpolis.market.trading import Phase, TradedBook, Uncrossed
from carbonpolis.market.venue import CreditRules, Venue, default_venue, price_band

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
