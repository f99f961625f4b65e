"""Who may trade what, and whether orders keep to the rules of the venue. Refusals come in a fixed order.

`may` is the rule, for any number of orders in columns; `admit` asks it about one order and raises what it answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonpolis.data import table
from carbonpolis.errors import OrderRejected
from carbonpolis.market.matching.types import ABSENT
from carbonpolis.market.order import Side
from carbonpolis.market.venue.calendar import BLOCK, LISTED, Calendar
from carbonpolis.market.venue.settings import Venue, block_band

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


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
class TraderCheck:
    """How far the market knows a party; one that was never checked apart is active, since the operator registered it.

    id: the party.
    """

    id: str
    city: str
    check: Check


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


class Verdict(IntEnum):
    """What `may` says of an order: ADMITTED, or the first rule that it breaks, in the order in which they are asked."""

    ADMITTED = 0
    ACCOUNT = 1  # the account is not active
    ROLE = 2  # its role may not buy, or sell
    SHUT = 3  # out of hours
    NO_LOTS = 4
    A_BLOCK = 5  # so many lots are a block, and the order is listed
    NO_BLOCK = 6
    TOO_LARGE = 7  # for one order of the role
    NO_PRICE = 8  # a block needs one
    BELOW_ZERO = 9
    OFF_TICK = 10
    OUTSIDE = 11  # the limits of a block
    POSITION = 12  # it could hold more than its role may


class Permits(NamedTuple):
    """What each owner may do: a column per question, a row per owner. largest_order, position_limit: lots, 0 where
    there is no limit."""

    active: Flags
    buys: Flags
    sells: Flags
    largest_order: Integers
    position_limit: Integers


class Intents(NamedTuple):
    """Orders before they are ones: a column per field, a row per order. owner: row of its permits. sells: False buys.
    price: minor units per lot, ABSENT for the market."""

    owner: NDArray[np.intp]
    sells: Flags
    lots: Integers
    price: Integers


def permits(accounts: Iterable[tuple[str, Check]], admissions: Mapping[str, Admission]) -> Permits:
    """The permits of accounts, each (role, how far it is known), in their order. A role without an admission trades
    nothing."""
    nothing = Admission("", False, False, 0, 0)
    rows = [(check is Check.ACTIVE, admissions.get(role, nothing)) for role, check in accounts]
    return Permits(
        np.array([active for active, _ in rows], dtype=bool),
        np.array([each.buys for _, each in rows], dtype=bool),
        np.array([each.sells for _, each in rows], dtype=bool),
        np.array([each.largest_order for _, each in rows], dtype=np.int64),
        np.array([each.position_limit for _, each in rows], dtype=np.int64),
    )


def room(allowed: Permits, position: Integers) -> Integers:
    """Lots that each owner may still bid for beside what it holds and has bid for (`position`); the greatest int64
    where its role has no limit."""
    left = np.maximum(allowed.position_limit - position, 0)
    return np.where(allowed.position_limit > 0, left, np.iinfo(np.int64).max)


def within(price: Integers, band: tuple[int, int]) -> Flags:
    """Which prices lie inside a band, as `price_band` or `block_band` gives it for today."""
    return (band[0] <= price) & (price <= band[1])


def may(
    orders: Intents,
    allowed: Permits,
    position: Integers,
    *,
    venue: Venue,
    calendar: Calendar,
    at: datetime,
    last_close: int = 0,
    kind: str = LISTED,
) -> NDArray[np.int8]:
    """A Verdict for each order of a batch that came at one moment, int8.

    Asked in this order: the owner's account, its role, the hours, lots and the size that makes a block, price and tick,
    a block's limits around `last_close` (minor units per lot; listed orders need none), the position limit. position:
    lots that each owner holds and has bid for; admitted bids of the batch count for those after them.
    The daily limit of listed trades is no reason to refuse an order: it bounds what trades (`price_band`).
    Raises ValueError for a time without a zone.
    """
    owner, lots, price = orders.owner, orders.lots, orders.price
    priced, block = price != ABSENT, kind == BLOCK
    nobody = np.zeros(len(lots), dtype=bool)
    largest = allowed.largest_order[owner]
    role = np.where(orders.sells, allowed.sells[owner], allowed.buys[owner])
    band = block_band(last_close, venue) if block else (0, 0)
    verdicts = np.select(
        [
            ~allowed.active[owner],
            ~role,
            nobody if calendar.is_open(at, kind) else ~nobody,
            lots < 1,
            nobody if block else lots >= venue.block_lots,
            lots < venue.block_lots if block else nobody,
            (largest > 0) & (lots > largest),
            ~priced if block else nobody,
            priced & (price < 0),
            priced & (price % venue.tick != 0),
            priced & ~within(price, band) if block else nobody,
        ],
        list(Verdict)[1 : Verdict.POSITION],
        default=Verdict.ADMITTED,
    ).astype(np.int8)
    bids = (verdicts == Verdict.ADMITTED) & ~orders.sells & (allowed.position_limit[owner] > 0)
    verdicts[np.flatnonzero(bids)[_past_room(owner[bids], lots[bids], room(allowed, position))]] = Verdict.POSITION
    return verdicts


def _past_room(owner: NDArray[np.intp], lots: Integers, left: Integers) -> Flags:
    """Which bids pass what their owners have left, the admitted ones before them counted."""
    past = np.zeros(len(lots), dtype=bool)
    wanted = np.bincount(owner, weights=lots, minlength=len(left))  # floats: only a hint whom to look at
    for one in np.flatnonzero((wanted > 0) & (wanted >= np.minimum(left, 2**53) * (1 - 1e-9))).tolist():
        rest = int(left[one])
        for place in np.flatnonzero(owner == one).tolist():
            past[place] = lots[place] > rest
            rest -= 0 if past[place] else int(lots[place])
    return past


def admit(
    intent: Intent,
    trader: Trader,
    *,
    venue: Venue,
    calendar: Calendar,
    admissions: Mapping[str, Admission],
    at: datetime,
    last_close: int,
) -> None:
    """Let an order pass, or raise OrderRejected with the first rule it breaks, as `may` has them."""
    orders = Intents(
        np.zeros(1, dtype=np.intp),
        np.array([intent.side is Side.SELL]),
        np.array([intent.lots], dtype=np.int64),
        np.array([ABSENT if intent.price is None else intent.price], dtype=np.int64),
    )
    allowed, position = permits([(trader.role, trader.check)], admissions), np.array([trader.position], dtype=np.int64)
    verdict = Verdict(
        may(orders, allowed, position, venue=venue, calendar=calendar, at=at, last_close=last_close, kind=intent.kind)[
            0
        ]
    )
    if verdict is not Verdict.ADMITTED:
        reason = why(
            verdict,
            intent,
            trader,
            admissions.get(trader.role),
            venue=venue,
            calendar=calendar,
            at=at,
            last_close=last_close,
        )
        raise OrderRejected(f"order {intent.name}", reason)


def why(
    verdict: Verdict,
    intent: Intent,
    trader: Trader,
    admission: Admission | None,
    *,
    venue: Venue,
    calendar: Calendar,
    at: datetime,
    last_close: int,
) -> str:
    """The sentence that tells an order's owner why it was not admitted, and what would be."""
    largest, limit = (admission.largest_order, admission.position_limit) if admission else (0, 0)
    after, size, price = trader.position + intent.lots, f"{intent.lots:,} lots", intent.price
    match verdict:
        case Verdict.ACCOUNT:
            return f"the account of {trader.owner} is {trader.check}; only an active one trades."
        case Verdict.ROLE:
            return f"a party of the role {trader.role!r} may not {intent.side} here."
        case Verdict.SHUT:
            opens = calendar.next_opening(at, intent.kind)
            when = f"it opens {opens.isoformat()}." if opens else "it has no hours in the year to come."
            return f"{intent.kind} trading is shut at {at.isoformat()}; {when}"
        case Verdict.NO_LOTS:
            return f"it is for {intent.lots} lots; expected 1 or more."
        case Verdict.A_BLOCK:
            return f"{size} are a block ({venue.block_lots:,} or more); agree on it as a block trade."
        case Verdict.NO_BLOCK:
            return f"{size} are no block ({venue.block_lots:,} or more); place it on the book."
        case Verdict.TOO_LARGE:
            return f"{size} are more than the {largest:,} of one order of its role."
        case Verdict.NO_PRICE:
            return "a block trade needs a price."
        case Verdict.BELOW_ZERO:
            return f"its price {price} is below 0."
        case Verdict.OFF_TICK:
            return f"its price {price} is no multiple of the tick {venue.tick}."
        case Verdict.OUTSIDE:
            low, high = block_band(last_close, venue)
            return f"its price {price} is outside {low} to {high}, the limits of a block around {last_close}."
        case Verdict.POSITION:
            return f"{trader.owner} would hold {after:,} lots, more than its limit of {limit:,}."
        case Verdict.ADMITTED:
            return ""
