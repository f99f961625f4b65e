"""The market of a city: pure rules from orders and obligations to decisions."""

from __future__ import annotations

from carbonpolis.market.auction import Clearing, call_auction
from carbonpolis.market.auctions import Clearings, OneWay, call_auctions, one_way_auction
from carbonpolis.market.balance import Balance, balance, balances_by_city, balances_by_emitter, surplus, surpluses
from carbonpolis.market.block import BlockTrade, Deal, Means, confirm, lapse, propose, turn_down
from carbonpolis.market.coupling import Coupling, couple
from carbonpolis.market.credit import CreditLine, Draw, Exposure, Limits, Tranche, deliverable, draw, limits
from carbonpolis.market.forward import Forward, hand_on
from carbonpolis.market.forward import agree as agree_forward
from carbonpolis.market.forward import deliver as deliver_forwards
from carbonpolis.market.forward import refund as refund_forwards
from carbonpolis.market.obligation import Obligation, Shortfall, cover, oblige, true_up
from carbonpolis.market.order import Fill, Match, Order, Side, Tif, Trade
from carbonpolis.market.session import CitySession, Session, hold_session
from carbonpolis.market.settlement import When, deliverable_units, release, reserve, settle
from carbonpolis.market.venue import CreditRules, Venue, default_venue

__all__ = [
    "Balance",
    "BlockTrade",
    "CitySession",
    "Clearing",
    "Clearings",
    "Coupling",
    "CreditLine",
    "CreditRules",
    "Deal",
    "Draw",
    "Exposure",
    "Fill",
    "Forward",
    "Limits",
    "Match",
    "Means",
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
    "agree_forward",
    "balance",
    "balances_by_city",
    "balances_by_emitter",
    "call_auction",
    "call_auctions",
    "confirm",
    "couple",
    "cover",
    "default_venue",
    "deliver_forwards",
    "deliverable",
    "deliverable_units",
    "draw",
    "hand_on",
    "hold_session",
    "lapse",
    "limits",
    "oblige",
    "one_way_auction",
    "propose",
    "refund_forwards",
    "release",
    "reserve",
    "settle",
    "surplus",
    "surpluses",
    "true_up",
    "turn_down",
]
