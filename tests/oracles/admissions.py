"""Who may trade, asked order by order, as the rules are told: the slow truth beside `market.admission.may`."""

from __future__ import annotations

from datetime import datetime

from carbonpolis.market.order import Side
from carbonpolis.market.venue.admission import Admission, Check, Intent, Trader, Verdict
from carbonpolis.market.venue.calendar import BLOCK, Calendar
from carbonpolis.market.venue.settings import Venue, block_band


def verdicts(
    intents: list[tuple[int, Intent]],
    traders: list[Trader],
    *,
    venue: Venue,
    calendar: Calendar,
    admissions: dict[str, Admission],
    at: datetime,
    last_close: int,
) -> list[Verdict]:
    """A verdict for each (owner, intent), in turn; what was bid for before counts."""
    position = [trader.position for trader in traders]
    found = []
    for owner, intent in intents:
        admission = admissions.get(traders[owner].role)
        verdict = _verdict(intent, traders[owner].check, admission, position[owner], venue, calendar, at, last_close)
        if verdict is Verdict.ADMITTED and intent.side is Side.BUY:
            position[owner] += intent.lots
        found.append(verdict)
    return found


def _verdict(
    intent: Intent,
    check: Check,
    admission: Admission | None,
    position: int,
    venue: Venue,
    calendar: Calendar,
    at: datetime,
    last_close: int,
) -> Verdict:
    block, buys = intent.kind == BLOCK, intent.side is Side.BUY
    if check is not Check.ACTIVE:
        return Verdict.ACCOUNT
    if admission is None or not (admission.buys if buys else admission.sells):
        return Verdict.ROLE
    if not calendar.is_open(at, intent.kind):
        return Verdict.SHUT
    if intent.lots < 1:
        return Verdict.NO_LOTS
    if not block and intent.lots >= venue.block_lots:
        return Verdict.A_BLOCK
    if block and intent.lots < venue.block_lots:
        return Verdict.NO_BLOCK
    if admission.largest_order and intent.lots > admission.largest_order:
        return Verdict.TOO_LARGE
    if intent.price is None:
        if block:
            return Verdict.NO_PRICE
    elif intent.price < 0:
        return Verdict.BELOW_ZERO
    elif intent.price % venue.tick:
        return Verdict.OFF_TICK
    elif block and not block_band(last_close, venue)[0] <= intent.price <= block_band(last_close, venue)[1]:
        return Verdict.OUTSIDE
    if buys and admission.position_limit and position + intent.lots > admission.position_limit:
        return Verdict.POSITION
    return Verdict.ADMITTED
