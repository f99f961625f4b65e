"""Reserve, then settle or release: an order that rests is already paid for, so a match always settles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from carbonpolis.errors import OrderRejected
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.market.order import Match, Order, Parts, Side, Trade
from carbonpolis.market.venue.settings import Venue
from carbonpolis.quantity import BASIS_POINTS, KG_PER_LOT, Mass, Money
from carbonpolis.registry.holdings import Holding, eligible

_ASIDE, _BACK = (Purpose.AVAILABLE, Purpose.RESERVED), (Purpose.RESERVED, Purpose.AVAILABLE)


@dataclass(frozen=True, slots=True)
class When:
    """The day and the month in which something settles: "2020-03-31" and "2020-03"; the UTC moment where it's known."""

    at: str
    month: str
    time: str = ""


class Legs(NamedTuple):
    """Where the money of a fill goes, minor units: all of it leaves what the buyer set aside.

    proceeds: to the seller. fee: of the trade, to the operator, and so is what is carried: the transfer fee. tax: to
    the climate fund of the buyer's city. congestion: to the climate funds of both cities. back: to the buyer, set aside
    in excess.
    """

    proceeds: int
    fee: int
    tax: int
    carried: int
    congestion: int
    back: int


def cost(lots: int, price: int, venue: Venue) -> int:
    """The most that buying `lots` at up to `price` can take, minor units: value, fee and tax, shares rounded up."""
    value = lots * price
    return value - (-value * venue.fee // BASIS_POINTS) - (-value * venue.tax // BASIS_POINTS)


def charges(value: int, venue: Venue) -> tuple[int, int]:
    """Fee and tax on what a buyer pays, minor units, both rounded down: in its favour, so that partial fills never need
    more than was set aside."""
    return value * venue.fee // BASIS_POINTS, value * venue.tax // BASIS_POINTS


def freed(lots: int, open_lots: int, limit: int, venue: Venue) -> int:
    """What `lots` of a bid have set aside, minor units, where `open_lots` of it are open; limit: its price."""
    return cost(open_lots, limit, venue) - cost(open_lots - lots, limit, venue)


def legs(
    lots: int, seller_price: int, buyer_price: int, transfer_fee: int, *, open_lots: int, limit: int, venue: Venue
) -> Legs:
    """The money of a fill. Prices and transfer fee in minor units per lot; open_lots, limit: of the bid, before it."""
    value, proceeds, carried = lots * buyer_price, lots * seller_price, lots * transfer_fee
    fee, tax = charges(value, venue)
    back, congestion = freed(lots, open_lots, limit, venue) - value - fee - tax, value - proceeds - carried
    assert back >= 0 <= congestion, "a fill would cost more than was set aside"
    return Legs(proceeds, fee, tax, carried, congestion, back)


def money_needed(name: str, lots: int, price: int, free: int, venue: Venue, *, aside: int = 0) -> int:
    """What a bid has to set aside beyond what it has `aside` already, minor units; below 0 where that is too much.

    free: what its owner has available. Raises OrderRejected where that does not do.
    """
    needed = cost(lots, price, venue)
    if needed - aside > free:
        raise OrderRejected(
            f"order {name}",
            f"it can cost {Money(needed, venue.currency)} with fee and tax, "
            f"{Money(free + aside, venue.currency)} are available.",
        )
    return needed - aside


def units_needed(name: str, kg: int, held: Iterable[tuple[str, int]], *, more: bool = False) -> Parts:
    """The units that an offer has to set aside, (batch, kg).

    held: what the contract accepts of its owner's available units, (batch, kg), oldest first; read as far as needed.
    more: beyond what it has aside already. Raises OrderRejected where they do not do.
    """
    parts, left = [], kg
    for batch, has in held:
        part = min(left, has)
        if part > 0:
            parts.append((batch, part))
            left -= part
            if not left:
                return tuple(parts)
    beyond, there = (" more", "left") if more else ("", "available")
    raise OrderRejected(
        f"order {name}", f"it offers {Mass(kg)}{beyond}, {Mass(kg - left)} that the contract accepts are {there}."
    )


def deliverable_units(held: Iterable[Holding], city: str, year: int, venue: Venue) -> list[Holding]:
    """Of what is held, what the spot contract of a city accepts in a year, in the order given (oldest first)."""
    return [
        holding
        for holding in held
        if holding.origin_city == city and eligible(holding.vintage, year, venue.vintage_limit)
    ]


def reserve(order: Order, venue: Venue, *, held: Sequence[Holding] = (), cash: int = 0) -> Decision:
    """Set aside what an order could cost; it is open afterwards.

    held: what a seller has available and the contract accepts, oldest first. cash: what a buyer has available, minor
    units. Transfers: AVAILABLE to RESERVED. Event: the open Order with the units set aside for it.
    Raises OrderRejected when there is too little, when the price is off the tick, or when it is not a new order.
    """
    name = f"order {order.id}"
    if order.state != "new":
        raise OrderRejected(name, f"it is {order.state}; only a new order can be entered.")
    if order.price % venue.tick:
        raise OrderRejected(name, f"its price {order.price} is no multiple of the tick {venue.tick}.")
    if order.side is Side.BUY:
        needed = money_needed(order.id, order.lots, order.price, cash, venue)
        return Decision(
            tuple(_move(order, venue.currency, _ASIDE, needed, Why.RESERVE)), (replace(order, state="open"),)
        )
    parts = units_needed(order.id, order.lots * KG_PER_LOT, ((each.batch, each.kg) for each in held))
    transfers = tuple(transfer for batch, kg in parts for transfer in _move(order, batch, _ASIDE, kg, Why.RESERVE))
    return Decision(transfers, (replace(order, state="open", parts=parts),))


def release(order: Order, venue: Venue, *, state: str = "cancelled") -> Decision:
    """Give back what an order still has set aside. Event: the Order in its last `state` (cancelled or expired).

    An order that is filled, cancelled or expired has nothing left: an empty Decision.
    """
    if not order.open_lots or order.state == "new":
        return Decision()
    left = ((venue.currency, freed(order.open_lots, order.open_lots, order.price, venue)),)
    assets = left if order.side is Side.BUY else order.parts
    transfers = tuple(transfer for asset, part in assets for transfer in _move(order, asset, _BACK, part, Why.RELEASE))
    return Decision(transfers, (replace(order, state=state, parts=()),))


def settle(match: Match, buy: Order, sell: Order, venue: Venue, *, trade_id: str, when: When) -> Decision:
    """Deliver against payment, all of it in one Decision.

    Units: seller RESERVED to buyer AVAILABLE. Money, out of the buyer's RESERVED: the seller's price to the seller, the
    transfer fee and the trading fee to the operator, tax to the climate fund of the buyer's city, congestion income to
    the climate funds of both cities in halves (an odd cent to the seller's city), what was reserved in excess back to
    the buyer.
    Fee and tax are rounded down, in the buyer's favour, so that partial fills never need more than was reserved.
    Events: both Orders as they stand afterwards, and the Trade.
    """
    assert buy.side is Side.BUY and sell.side is Side.SELL, "a match joins a buyer and a seller"
    assert match.lots <= min(buy.open_lots, sell.open_lots), f"{match} is more than its orders have left"
    assert sell.price <= match.seller_price and match.buyer_price <= buy.price, f"{match} passes a limit"
    delivered, kept = split_parts(sell.parts, match.lots * KG_PER_LOT)
    money = legs(
        match.lots, match.seller_price, match.buyer_price, match.transfer_fee,
        open_lots=buy.open_lots, limit=buy.price, venue=venue,
    )  # fmt: skip
    trade = Trade(
        id=trade_id,
        city=sell.city,
        kind=match.kind,
        at=when.at,
        month=when.month,
        buyer=buy.owner,
        buyer_city=buy.owner_city,
        seller=sell.owner,
        seller_city=sell.owner_city,
        price=match.seller_price,
        lots=match.lots,
        parts=delivered,
        fee=money.fee,
        tax=money.tax,
        buyer_price=match.buyer_price,
        transfer_fee=money.carried,
        congestion=money.congestion,
        time=when.time,
    )
    units = tuple(
        Transfer(
            Account(sell.owner_city, sell.owner, batch, Purpose.RESERVED),
            Account(buy.owner_city, buy.owner, batch, Purpose.AVAILABLE),
            kg,
            Why.DELIVER,
        )
        for batch, kg in delivered
    )
    orders = (_filled(buy, match.lots, ()), _filled(sell, match.lots, kept))
    return Decision(units + tuple(_payments(trade, money, venue)), (*orders, trade))


def _payments(trade: Trade, money: Legs, venue: Venue) -> Iterator[Transfer]:
    currency = venue.currency
    payer = Account(trade.buyer_city, trade.buyer, currency, Purpose.RESERVED)
    fund = Account(trade.buyer_city, "city", currency, Purpose.FUND)
    seller_fund = Account(trade.seller_city, "city", currency, Purpose.FUND)
    fees = Account(trade.city, venue.operator, currency, Purpose.FEES)
    seller = Account(trade.seller_city, trade.seller, currency, Purpose.AVAILABLE)
    buyer = Account(trade.buyer_city, trade.buyer, currency, Purpose.AVAILABLE)
    for receiver, amount, why in (
        (seller, money.proceeds, Why.PAY),
        (fees, money.carried + money.fee, Why.FEE),
        (fund, money.tax, Why.TAX),
        (seller_fund, money.congestion - money.congestion // 2, Why.CONGESTION),
        (fund, money.congestion // 2, Why.CONGESTION),
        (buyer, money.back, Why.RELEASE),
    ):
        if amount:
            yield Transfer(payer, receiver, amount, why)


def _filled(order: Order, lots: int, parts: Parts) -> Order:
    filled = order.filled + lots
    return replace(order, filled=filled, parts=parts, state="filled" if filled == order.lots else "partly_filled")


def split_parts(parts: Parts, kg: int) -> tuple[Parts, Parts]:
    """The first `kg` of parts, and what stays. There must be so much of them."""
    if parts and parts[0][1] > kg > 0:  # most often the first part has enough
        (batch, size), *others = parts
        return ((batch, kg),), ((batch, size - kg), *others)
    first, rest = [], []
    for batch, size in parts:
        part = min(size, kg)
        kg -= part
        if part:
            first.append((batch, part))
        if size - part:
            rest.append((batch, size - part))
    assert kg == 0, f"{kg} kg more were matched than set aside"
    return tuple(first), tuple(rest)


def _move(order: Order, asset: str, way: tuple[Purpose, Purpose], amount: int, why: Why) -> Iterator[Transfer]:
    if amount:
        source, target = (Account(order.owner_city, order.owner, asset, purpose) for purpose in way)
        yield Transfer(source, target, amount, why)
