"""Reserve, then settle or release: an order that rests is already paid for, so a match always settles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from carbonpolis.errors import OrderRejected
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.market.order import Match, Order, Parts, Side, Trade
from carbonpolis.market.venue.settings import Venue
from carbonpolis.quantity import BASIS_POINTS, KG_PER_LOT, Mass, Money, share_down
from carbonpolis.registry.holdings import Holding, eligible, take


@dataclass(frozen=True, slots=True)
class When:
    """The day and the month in which something settles: "2020-03-31" and "2020-03"; the UTC moment where it's known."""

    at: str
    month: str
    time: str = ""


def cost(lots: int, price: int, venue: Venue) -> int:
    """The most that buying `lots` at up to `price` can take, minor units: value, fee and tax, shares rounded up."""
    value = lots * price
    return value - (-value * venue.fee // BASIS_POINTS) - (-value * venue.tax // BASIS_POINTS)


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
        needed = cost(order.lots, order.price, venue)
        if needed > cash:
            raise OrderRejected(
                name,
                f"it can cost {Money(needed, venue.currency)} with fee and tax, "
                f"{Money(cash, venue.currency)} are available.",
            )
        moved = _move(
            order.owner_city, order.owner, venue.currency, (Purpose.AVAILABLE, Purpose.RESERVED), needed, Why.RESERVE
        )
        return Decision(tuple(moved), (replace(order, state="open"),))
    kg = order.lots * KG_PER_LOT
    holds = sum(holding.kg for holding in held)
    if holds < kg:
        raise OrderRejected(name, f"it offers {Mass(kg)}, {Mass(holds)} that the contract accepts are available.")
    parts = tuple((holding.batch, part) for holding, part in take(held, kg))
    transfers = tuple(
        transfer
        for batch, part in parts
        for transfer in _move(
            order.owner_city, order.owner, batch, (Purpose.AVAILABLE, Purpose.RESERVED), part, Why.RESERVE
        )
    )
    return Decision(transfers, (replace(order, state="open", parts=parts),))


def release(order: Order, venue: Venue, *, state: str = "cancelled") -> Decision:
    """Give back what an order still has set aside. Event: the Order in its last `state` (cancelled or expired).

    An order that is filled, cancelled or expired has nothing left: an empty Decision.
    """
    if not order.open_lots or order.state == "new":
        return Decision()
    back = (Purpose.RESERVED, Purpose.AVAILABLE)
    if order.side is Side.BUY:
        left = cost(order.open_lots, order.price, venue)
        transfers = tuple(_move(order.owner_city, order.owner, venue.currency, back, left, Why.RELEASE))
    else:
        transfers = tuple(
            transfer
            for batch, kg in order.parts
            for transfer in _move(order.owner_city, order.owner, batch, back, kg, Why.RELEASE)
        )
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
    value = match.lots * match.buyer_price
    fee, tax = share_down(value, venue.fee), share_down(value, venue.tax)
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
        fee=fee,
        tax=tax,
        buyer_price=match.buyer_price,
        transfer_fee=match.lots * match.transfer_fee,
        congestion=match.lots * match.congestion,
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
    return Decision(units + tuple(_payments(trade, buy, venue)), (*orders, trade))


def _payments(trade: Trade, buy: Order, venue: Venue) -> Iterator[Transfer]:
    currency = venue.currency
    payer = Account(trade.buyer_city, trade.buyer, currency, Purpose.RESERVED)
    fund = Account(trade.buyer_city, "city", currency, Purpose.FUND)
    seller_fund = Account(trade.seller_city, "city", currency, Purpose.FUND)
    left = buy.open_lots
    aside = cost(left, buy.price, venue) - cost(left - trade.lots, buy.price, venue)
    fees = Account(trade.city, venue.operator, currency, Purpose.FEES)
    seller = Account(trade.seller_city, trade.seller, currency, Purpose.AVAILABLE)
    buyer = Account(trade.buyer_city, trade.buyer, currency, Purpose.AVAILABLE)
    for receiver, amount, why in (
        (seller, trade.lots * trade.price, Why.PAY),
        (fees, trade.transfer_fee + trade.fee, Why.FEE),
        (fund, trade.tax, Why.TAX),
        (seller_fund, trade.congestion - trade.congestion // 2, Why.CONGESTION),
        (fund, trade.congestion // 2, Why.CONGESTION),
        (buyer, aside - trade.landed, Why.RELEASE),
    ):
        assert amount >= 0, f"{trade.id} would cost more than was reserved"
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


def _move(city: str, owner: str, asset: str, way: tuple[Purpose, Purpose], amount: int, why: Why) -> Iterator[Transfer]:
    if amount:
        yield Transfer(Account(city, owner, asset, way[0]), Account(city, owner, asset, way[1]), amount, why)
