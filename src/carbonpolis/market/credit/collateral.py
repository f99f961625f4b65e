"""Collateral of draws: its worth at each close, calls for more, topping up, and giving back what is not needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.market.credit.draws import Draw, collateral, margin_call, worth
from carbonpolis.market.order import Parts
from carbonpolis.market.venue.settings import Venue
from carbonpolis.quantity import BASIS_POINTS, KG_PER_LOT, Money
from carbonpolis.registry.holdings import Holding, take


@dataclass(frozen=True, slots=True)
class Valuation:
    """A draw and its collateral at a price.

    owed: value of principal and interest, minor units, rounded up. worth: of money and units together. cover: worth in
    basis points of owed (None when nothing is owed). call: minor units to add, 0 while there is enough.
    """

    draw: str
    owed_kg: int
    owed: int
    worth: int
    cover: int | None
    call: int


@dataclass(frozen=True, slots=True)
class MarginCall:
    """A call for more collateral.

    at: ISO date of the close; price: minor units per lot at it. needed: minor units asked for. state: called | met |
    unmet.
    """

    id: str
    city: str
    emitter: str
    draw: str
    at: str
    price: int
    needed: int
    state: str = "called"


def value(draw: Draw, price: int, year: int, venue: Venue) -> Valuation:
    """What is owed by a year and what is locked for it, both at a price in minor units per lot."""
    owed_kg = 0 if draw.over else draw.owed_at(year)
    owed = -(-owed_kg * price // KG_PER_LOT)
    locked = draw.collateral + worth(draw.pledged, price)
    cover = locked * BASIS_POINTS // owed if owed else None
    return Valuation(draw.id, owed_kg, owed, locked, cover, margin_call(owed_kg, locked, price, venue))


def revalue(
    draws: Iterable[Draw], closes: Mapping[str, int], called: Iterable[MarginCall], *, at: str, year: int, venue: Venue
) -> Decision:
    """Value every open draw at its city's close and call for what is missing.

    closes: closing prices, minor units per lot; a city without one is left alone. called: calls made before. A call
    that a lower price made needless is met; one that stands is renewed with what is needed now. Events: MarginCalls.
    """
    open_calls = {call.draw: call for call in called if call.state == "called"}
    events: list[MarginCall] = []
    for draw in draws:
        if draw.over or draw.city not in closes:
            continue
        needed = value(draw, closes[draw.city], year, venue).call
        before = open_calls.get(draw.id)
        if needed and (before is None or before.needed != needed):
            name = before.id if before else f"CALL-{draw.id}-{at}"
            since = before.at if before else at
            events.append(MarginCall(name, draw.city, draw.emitter, draw.id, since, closes[draw.city], needed))
        elif before and not needed:
            events.append(replace(before, state="met"))
    return Decision(events=tuple(events))


def top_up(
    draw: Draw, *, money: int = 0, units: Sequence[tuple[Holding, int]] = (), call: MarginCall | None = None,
    price: int, cash: int, year: int, venue: Venue,
) -> Decision:  # fmt: skip
    """Lock more for a draw. money: minor units of `cash` available; units: holdings and the kilograms of each.

    Events: the Draw and, once there is enough at `price`, the call, met. Raises Refused for too little of either.
    """
    if draw.over:
        raise Refused(draw.id, f"it is {draw.state}; it needs no collateral.")
    if money < 0 or money > cash:
        have = Money(cash, venue.currency)
        raise Refused(draw.emitter, f"{Money(money, venue.currency)} are to be locked, {have} are available.")
    parts: Parts = tuple((holding.batch, kg) for each, asked in units for holding, kg in take([each], asked))
    more = replace(draw, collateral=draw.collateral + money, pledged=_merged(draw.pledged, parts))
    events: list[Draw | MarginCall] = [more]
    if call and not value(more, price, year, venue).call:
        events.append(replace(call, state="met"))
    moves = (
        Transfer(*_accounts(draw, asset), amount, Why.RESERVE)
        for asset, amount in ((draw.currency, money), *parts)
        if amount
    )
    return Decision(tuple(moves), tuple(events))


def free(draw: Draw, price: int, year: int, venue: Venue) -> Decision:
    """Give back money beyond the full collateral at a price. Event: the Draw; nothing beyond: an empty Decision."""
    needed = collateral(0 if draw.over else draw.owed_at(year), price, venue)
    spare = min(draw.collateral, draw.collateral + worth(draw.pledged, price) - needed)
    if spare <= 0:
        return Decision()
    free_money, locked = _accounts(draw, draw.currency)
    back = Transfer(locked, free_money, spare, Why.RELEASE)
    return Decision((back,), (replace(draw, collateral=draw.collateral - spare),))


def lapse(call: MarginCall) -> Decision:
    """A call was not met in time: the draw may be declared in default. Event: the MarginCall, unmet."""
    if call.state != "called":
        raise Refused(call.id, f"it is {call.state}.")
    return Decision(events=(replace(call, state="unmet"),))


def _accounts(draw: Draw, asset: str) -> tuple[Account, Account]:
    return (
        Account(draw.city, draw.emitter, asset, Purpose.AVAILABLE),
        Account(draw.city, draw.emitter, asset, Purpose.COLLATERAL),
    )


def _merged(one: Parts, other: Parts) -> Parts:
    """Parts of both, one entry a batch, in order of first mention."""
    sums: dict[str, int] = {}
    for batch, kg in (*one, *other):
        sums[batch] = sums.get(batch, 0) + kg
    return tuple(sums.items())
