"""Default on a draw: collateral in units is used, money buys what it can, and what is left is a shortfall.

The order of events: `declare` uses the pledged units and turns the money into a forced order; the book's next auction
fills it; `write_off` repays with what it brought (`repayment.repay`, before) and books the rest.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.market.compliance.obligation import Obligation, account, fall_due, obligation_state
from carbonpolis.market.credit.draws import DEBT, ISSUER, Draw
from carbonpolis.market.credit.repayment import repay, unlock
from carbonpolis.market.order import Order, Side, Tif
from carbonpolis.market.settlement import cost, reserve
from carbonpolis.market.venue.settings import Venue
from carbonpolis.quantity import KG_PER_LOT, share_down, share_up
from carbonpolis.registry.holdings import Holding
from carbonpolis.registry.units import parse_batch_id


def declare(
    draw: Draw, obligation: Obligation, *, price: int, year: int, at: date, venue: Venue, called: bool = False
) -> Decision:
    """A draw that matured unpaid (or whose margin call was not met: called) is in default.

    Pledged units are retired to repay. Money goes into a forced buy order in the city's book, as many lots as are still
    owed and it can pay, up to the price limit above the last price (minor units per lot). Events: those of the
    repayment, the Draw, and the open Order, "ORD-DEFAULT-...", where there is one.
    Raises Refused when it is neither overdue nor called.
    """
    if draw.over or draw.state == "defaulted" or not (called or (year >= draw.matures and draw.owed_at(year))):
        raise Refused(draw.id, f"it is {draw.state} and matures in {draw.matures}; it is not in default.")
    freed = unlock(draw, venue)
    money, pledged = draw.collateral, draw.pledged
    bare = replace(draw, collateral=0, pledged=(), state="defaulted")
    used = _use(bare, obligation, [_held(batch, kg) for batch, kg in pledged], year=year, at=at, venue=venue)
    now = used.one(Draw, bare)
    forced = _forced(now, money, price, year=year, at=at, venue=venue)
    locked = money - sum(transfer.amount for transfer in forced.transfers)
    kept = _lock(now, locked) if locked and not now.over else Decision(events=(now,))
    others = tuple(event for event in used.events if not isinstance(event, Draw))
    return Decision(
        freed.transfers + used.transfers + forced.transfers + kept.transfers,
        others + kept.events + forced.events,
    )


def write_off(draw: Draw, obligation: Obligation, *, price: int, year: int, into: str, venue: Venue) -> Decision:
    """End a default: what is still owed becomes a shortfall, and money still locked pays for it.

    Unpaid principal goes from ON_CREDIT back to DUE, as a shortfall; its surcharge and the unpaid interest fall due as
    an obligation of the period `into`. Of the money still locked, the value of what is owed (at `price`) goes to the
    city's climate fund, the rest back to the emitter. Events: the Obligation, the new one, and the Draw, written off.
    Raises Refused for a draw that is not in default.
    """
    if draw.state != "defaulted" or draw.obligation != obligation.id:
        raise Refused(draw.id, f"it is {draw.state}; only a draw in default is written off, against {draw.obligation}.")
    owed, principal = draw.owed_at(year), draw.outstanding_kg
    booked = draw.owed_at(draw.booked)
    moves = []
    if booked:
        issuer = Account(draw.city, ISSUER, DEBT, Purpose.ISSUER)
        moves.append(Transfer(Account(draw.city, draw.emitter, DEBT, Purpose.OWED), issuer, booked, Why.CANCEL))
    surcharge = share_up(principal, venue.surcharge)
    if principal:
        due, on_credit = account(obligation, Purpose.DUE), account(obligation, Purpose.ON_CREDIT)
        moves.append(Transfer(on_credit, due, principal, Why.CANCEL))
    short = replace(
        obligation,
        on_credit_kg=obligation.on_credit_kg - principal,
        surcharge_kg=obligation.surcharge_kg + surcharge,
        state="shortfall" if obligation.state not in ("shortfall", "carried") else obligation.state,
    )
    extra = Obligation(f"DEF-{draw.id}", draw.city, draw.emitter, into, surcharge + owed - principal, 0, 0, "due")
    forfeit = min(draw.collateral, -(-owed * price // KG_PER_LOT))
    ended = replace(draw, collateral=0, principal_kg=0, balance_kg=0, booked=year, state="written_off")
    decision = Decision(tuple(moves) + _paid_out(draw, forfeit), (replace(short, state=obligation_state(short)), ended))
    return decision + fall_due(extra, Why.SURCHARGE) if extra.due_kg else decision


def _use(draw: Draw, obligation: Obligation, held: list[Holding], *, year: int, at: date, venue: Venue) -> Decision:
    kg = min(draw.owed_at(year), sum(holding.kg for holding in held))
    return repay(draw, obligation, kg, held, year=year, at=at, venue=venue) if kg else Decision()


def _forced(draw: Draw, money: int, price: int, *, year: int, at: date, venue: Venue) -> Decision:
    """The open order that spends `money` (available by now) on what is owed; empty where it buys no lot."""
    limit = price + share_down(price, venue.price_limit)
    limit -= limit % venue.tick
    lots = 0 if draw.over else -(-draw.owed_at(year) // KG_PER_LOT)
    while lots and cost(lots, limit, venue) > money:
        fits = money * lots // cost(lots, limit, venue)
        lots = fits if fits < lots else lots - 1
    if not lots or limit <= 0:
        return Decision()
    order = Order(
        f"ORD-DEFAULT-{draw.id}", draw.city, draw.emitter, draw.city, Side.BUY, lots, limit, Tif.GTC, "new", 0,
        at.isoformat(),
    )  # fmt: skip
    return reserve(order, venue, cash=money)


def _lock(draw: Draw, money: int) -> Decision:
    free, locked = (Account(draw.city, draw.emitter, draw.currency, p) for p in (Purpose.AVAILABLE, Purpose.COLLATERAL))
    return Decision((Transfer(free, locked, money, Why.RESERVE),), (replace(draw, collateral=money),))


def _paid_out(draw: Draw, forfeit: int) -> tuple[Transfer, ...]:
    locked = Account(draw.city, draw.emitter, draw.currency, Purpose.COLLATERAL)
    fund = Account(draw.city, "city", draw.currency, Purpose.FUND)
    back = Account(draw.city, draw.emitter, draw.currency, Purpose.AVAILABLE)
    ways = ((fund, forfeit, Why.PAY), (back, draw.collateral - forfeit, Why.RELEASE))
    return tuple(Transfer(locked, to, amount, why) for to, amount, why in ways if amount)


def _held(batch: str, kg: int) -> Holding:
    name = parse_batch_id(batch)
    return Holding(batch, name.city, name.vintage, kg)
