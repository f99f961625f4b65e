"""What a trader gives, checked against the venue's rules and turned into an order of the floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import numpy as np

from carbonpolis.errors import OrderRejected
from carbonpolis.market.floor.execution import Dealing
from carbonpolis.market.floor.participant import Line
from carbonpolis.market.order import Side, Tif
from carbonpolis.market.venue.admission import Intent, Intents, Trader, Verdict, may, permits, why
from carbonpolis.market.venue.calendar import LISTED, Calendar, Hours
from carbonpolis.market.venue.settings import Venue, protected
from carbonpolis.registry.party import Party

ALWAYS = Calendar("UTC", (Hours(LISTED, frozenset(range(1, 8)), time.min, time.max),))
_SIDES, _TIFS = {side.value for side in Side}, {tif.value for tif in Tif}


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order as its owner gives it. price: cents a tonne, None for the market, inside the protection band."""

    city: str
    owner: str
    side: str
    lots: int
    price: int | None
    tif: str = "gtc"
    post_only: bool = False


def as_line(wanted: Wanted, name: str, party: Party, deal: Dealing) -> Line:
    """The order on the floor. Raises ValueError for what can be no order, OrderRejected for a book not its own."""
    if wanted.side not in _SIDES or wanted.tif not in _TIFS:
        what, given, choices = ("tif", wanted.tif, Tif) if wanted.side in _SIDES else ("side", wanted.side, Side)
        raise ValueError(f"order {name}: {what} is {given!r}; expected {', '.join(choices)}")
    buys, price, tif, lots = wanted.side == "buy", wanted.price, wanted.tif, wanted.lots
    if type(lots) is not int or lots < 1 or (price is not None and (type(price) is not int or price < 0)):
        raise ValueError(f"order {name}: {lots} lots at {price}; expected lots above 0, price 0 or more, whole numbers")
    if buys and party.city != wanted.city:
        raise OrderRejected(
            f"order {name}", f"a buyer of {party.city} bids in its own city's book, not {wanted.city}'s."
        )
    floor = deal.floor
    place = floor.place(wanted.city)
    if price is None:
        hall = floor.books.halls[place]
        best = hall.book.best_ask if buys else hall.book.best_bid
        price = protected(wanted.side, None, best, hall.last_close, deal.venue)
        tif = tif if tif == "fok" else "ioc"
    return Line(
        name, floor.seat(party), wanted.city, place, buys=buys, lots=lots, price=price, tif=tif,
        post_only=wanted.post_only, at=deal.when.at, time=deal.when.time,
    )  # fmt: skip


def not_admitted(
    deal: Dealing, lines: Sequence[Line], open_at: tuple[Calendar, datetime] | None, venue: Venue
) -> list[str]:
    """Of each order, why it is not admitted; "" where it is. open_at: hours, and the moment to ask them about."""
    if not lines:
        return []
    calendar, at = open_at or (ALWAYS, datetime.combine(date.fromisoformat(deal.when.at), time(12), UTC))
    seats = {id(line.seat): line.seat for line in lines}
    rows = {name: row for row, name in enumerate(seats)}
    allowed = permits(((seat.party.role.value, seat.check) for seat in seats.values()), deal.floor.admissions)
    bidders = {id(line.seat) for line in lines if line.buys}
    position = np.array([deal.position(seat) if one in bidders else 0 for one, seat in seats.items()], np.int64)
    orders = Intents(
        np.array([rows[id(line.seat)] for line in lines], np.intp),
        np.array([not line.buys for line in lines], np.bool_),
        np.array([line.lots for line in lines], np.int64),
        np.array([line.price for line in lines], np.int64),
    )
    verdicts = may(orders, allowed, position, venue=venue, calendar=calendar, at=at)
    reasons = [""] * len(lines)
    for place in np.flatnonzero(verdicts).tolist():
        line = lines[place]
        seat = line.seat
        reasons[place] = why(
            Verdict(int(verdicts[place])),
            Intent(line.id, Side(line.side), line.lots, line.price),
            Trader(seat.party.id, seat.party.role.value, seat.check, deal.position(seat)),
            seat.admission,
            venue=venue,
            calendar=calendar,
            at=at,
            last_close=deal.floor.books.halls[line.place].last_close,
        )
    return reasons
