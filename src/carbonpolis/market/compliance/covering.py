"""The covering order of what an emitter owes: own sinks, units held, its standing buy order, credit, then shortfall.

The first two are `obligation.cover`, the last is `obligation.true_up`; what stands here is the standing order between
them, and the outlook over all five. Source: the design, "No quota: the obligation".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from carbonpolis.errors import Refused
from carbonpolis.market.compliance.obligation import Obligation
from carbonpolis.market.settlement import cost
from carbonpolis.market.venue.settings import Venue
from carbonpolis.quantity import KG_PER_LOT
from carbonpolis.registry.holdings import Holding


@dataclass(frozen=True, slots=True)
class Wish:
    """An order somebody wants to place: side, lots of 1 t, minor units per lot. city: the book."""

    city: str
    owner: str
    side: str
    lots: int
    price: int


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """What an emitter always bids for what it owes and does not hold.

    id: "STAND-" and the emitter. limit: the most it pays, minor units per lot. most_lots: in one session. state: on |
    off.
    """

    id: str
    city: str
    emitter: str
    limit: int
    most_lots: int
    state: str = "on"


def stand(city: str, emitter: str, limit: int, most_lots: int, venue: Venue) -> StandingOrder:
    """A standing order, checked. Raises Refused for a limit off the tick or no lots."""
    if limit <= 0 or limit % venue.tick or most_lots < 1:
        raise Refused(
            emitter, f"a standing order for {most_lots} lots at {limit}; expected a lot or more, a price on the tick."
        )
    return StandingOrder(f"STAND-{emitter}", city, emitter, limit, most_lots)


def standing_bid(
    order: StandingOrder, uncovered_kg: int, bid_lots: int, cash: int, venue: Venue
) -> tuple[int, int] | None:
    """Lots and price that a standing order bids in a session, or None for none.

    Whole lots for all that is uncovered (rounded up: a lot is the least one can buy), less what the emitter bids for
    already, as far as the order and its available money (minor units, fee and tax counted) reach.
    """
    lots = min(order.most_lots, -(-uncovered_kg // KG_PER_LOT) - bid_lots) if order.state == "on" else 0
    while lots > 0 and cost(lots, order.limit, venue) > cash:
        lots = min(lots - 1, cash * lots // cost(lots, order.limit, venue))
    return (lots, order.limit) if lots > 0 else None


@dataclass(frozen=True, slots=True)
class Covering:
    """How an amount owed can be met, kilograms by step, in the order in which the steps are taken."""

    own_kg: int
    held_kg: int
    standing_kg: int
    credit_kg: int
    shortfall_kg: int

    @property
    def owed_kg(self) -> int:
        """All of it; the parts sum to the whole."""
        return self.own_kg + self.held_kg + self.standing_kg + self.credit_kg + self.shortfall_kg


def outlook(
    obligations: Iterable[Obligation],
    held: Sequence[Holding],
    own: Collection[str],
    *,
    standing: tuple[int, int] | None = None,
    credit_kg: int = 0,
) -> Covering:
    """Where an emitter stands before the session: what would cover what it owes, were its standing order filled whole.

    own: batches of its own projects. standing: lots and price, as from `standing_bid`. credit_kg: what it may draw.
    """
    owed = sum(each.uncovered_kg for each in obligations)
    steps = (
        sum(holding.kg for holding in held if holding.batch in own),
        sum(holding.kg for holding in held if holding.batch not in own),
        standing[0] * KG_PER_LOT if standing else 0,
        credit_kg,
    )
    parts = []
    for there in steps:
        parts.append(min(owed, there))
        owed -= parts[-1]
    return Covering(parts[0], parts[1], parts[2], parts[3], owed)
