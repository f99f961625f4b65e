"""Who may trade what, and whether an order keeps to the rules of the venue. Refusals come in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from carbonpolis.data import table
from carbonpolis.errors import OrderRejected
from carbonpolis.market.hours import BLOCK, LISTED, Calendar
from carbonpolis.market.order import Side
from carbonpolis.market.venue import Venue, block_band


class Check(StrEnum):
    """How far the market knows its customer. Values are stored: never rename one."""

    APPLIED = "applied"
    CHECKED = "checked"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


# The state after each step, and who takes it: the only way to trade is applied, checked, active.
MOVES: dict[Check, dict[str, Check]] = {
    Check.APPLIED: {"check": Check.CHECKED, "close": Check.CLOSED},
    Check.CHECKED: {"activate": Check.ACTIVE, "close": Check.CLOSED},
    Check.ACTIVE: {"suspend": Check.SUSPENDED, "close": Check.CLOSED},
    Check.SUSPENDED: {"activate": Check.ACTIVE, "close": Check.CLOSED},
    Check.CLOSED: {},
}


@dataclass(frozen=True, slots=True)
class Admission:
    """What parties of a role may do. largest_order, position_limit: lots, 0 where there is no limit."""

    role: str
    buys: bool
    sells: bool
    largest_order: int
    position_limit: int


@dataclass(frozen=True, slots=True)
class Trader:
    """One who gives orders: its role, how far it is known, and the lots that it holds and has bid for."""

    owner: str
    role: str
    check: Check
    position: int


@dataclass(frozen=True, slots=True)
class Intent:
    """An order before it is one. price: minor units per lot, None for the market. kind: "listed" | "block"."""

    name: str
    side: Side
    lots: int
    price: int | None
    kind: str = LISTED


def default_admissions() -> dict[str, Admission]:
    """The roles of data/market_admission.csv; a role that is not in it trades nothing."""
    return {
        row["role"]: Admission(
            row["role"],
            row["buys"] == "1",
            row["sells"] == "1",
            int(row["largest_order"]),
            int(row["position_limit"]),
        )
        for row in table("market_admission")
    }


def moved(check: Check, verb: str) -> Check:
    """The state after a step. Raises OrderRejected naming what is possible from here."""
    if verb not in MOVES[check]:
        choices = ", ".join(MOVES[check]) or "nothing more"
        raise OrderRejected(f"account {check}", f"can't {verb}; from here: {choices}.")
    return MOVES[check][verb]


def admit(
    intent: Intent,
    trader: Trader,
    *,
    venue: Venue,
    calendar: Calendar,
    admissions: dict[str, Admission],
    at: datetime,
    last_close: int,
) -> None:
    """Let an order pass, or raise OrderRejected with the first rule it breaks, in this order: the trader's account, its
    role, the hours, lots and tick, the size that makes a block, a block's price limit, the position limit.

    The daily limit of listed trades is no reason to refuse an order: it bounds what trades (`price_band`).
    """
    for reason in (
        _about_trader(intent, trader, admissions),
        _about_time(intent, calendar, at),
        _about_size(intent, venue, admissions.get(trader.role)),
        _about_price(intent, venue, last_close),
        _about_position(intent, trader, admissions.get(trader.role)),
    ):
        if reason:
            raise OrderRejected(f"order {intent.name}", reason)


def _about_trader(intent: Intent, trader: Trader, admissions: dict[str, Admission]) -> str:
    if trader.check is not Check.ACTIVE:
        return f"the account of {trader.owner} is {trader.check}; only an active one trades."
    admission = admissions.get(trader.role)
    if admission is None or not (admission.buys if intent.side is Side.BUY else admission.sells):
        return f"a party of the role {trader.role!r} may not {intent.side} here."
    return ""


def _about_time(intent: Intent, calendar: Calendar, at: datetime) -> str:
    if calendar.is_open(at, intent.kind):
        return ""
    opens = calendar.next_opening(at, intent.kind)
    when = f"it opens {opens.isoformat()}." if opens else "it has no hours in the year to come."
    return f"{intent.kind} trading is shut at {at.isoformat()}; {when}"


def _about_size(intent: Intent, venue: Venue, admission: Admission | None) -> str:
    if intent.lots < 1:
        return f"it is for {intent.lots} lots; expected 1 or more."
    if intent.kind == LISTED and intent.lots >= venue.block_lots:
        return f"{intent.lots:,} lots are a block ({venue.block_lots:,} or more); agree on it as a block trade."
    if intent.kind == BLOCK and intent.lots < venue.block_lots:
        return f"{intent.lots:,} lots are no block ({venue.block_lots:,} or more); place it on the book."
    if admission and admission.largest_order and intent.lots > admission.largest_order:
        return f"{intent.lots:,} lots are more than the {admission.largest_order:,} of one order of its role."
    return ""


def _about_price(intent: Intent, venue: Venue, last_close: int) -> str:
    if intent.price is None:
        return "" if intent.kind == LISTED else "a block trade needs a price."
    if intent.price < 0:
        return f"its price {intent.price} is below 0."
    if intent.price % venue.tick:
        return f"its price {intent.price} is no multiple of the tick {venue.tick}."
    if intent.kind == BLOCK:
        low, high = block_band(last_close, venue)
        if not low <= intent.price <= high:
            return f"its price {intent.price} is outside {low} to {high}, the limits of a block around {last_close}."
    return ""


def _about_position(intent: Intent, trader: Trader, admission: Admission | None) -> str:
    if intent.side is Side.BUY and admission and admission.position_limit:
        after = trader.position + intent.lots
        if after > admission.position_limit:
            return f"{trader.owner} would hold {after:,} lots, more than its limit of {admission.position_limit:,}."
    return ""
