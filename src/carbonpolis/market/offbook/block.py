"""Block trades and gifts: agreed elsewhere, entered by one side, confirmed by the other, settled like any trade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from carbonpolis.errors import OrderRejected, Refused
from carbonpolis.ledger import Decision
from carbonpolis.market.order import Match, Order, Parts, Side, Tif, Trade
from carbonpolis.market.settlement import When, release, reserve, settle
from carbonpolis.market.venue.settings import Venue
from carbonpolis.quantity import KG_PER_LOT, Mass, Money, share_down
from carbonpolis.registry.holdings import Holding

# block: at a price. gift and group (between connected parties): at none, and kept out of every price statistic.
KINDS = ("block", "gift", "group")
STANDS = timedelta(days=1)  # design.md, "Off the platform"


@dataclass(frozen=True, slots=True)
class Deal:
    """What two parties agreed elsewhere.

    city: origin of the units. buyer_city, seller_city: where they keep their accounts. price: what the seller gets,
    minor units per lot.
    """

    city: str
    buyer: str
    buyer_city: str
    seller: str
    seller_city: str
    lots: int
    price: int
    kind: str = "block"

    @property
    def leaves(self) -> bool:
        """Whether units leave the city that they come from."""
        return self.seller_city == self.city != self.buyer_city


@dataclass(frozen=True, slots=True)
class BlockTrade:
    """A deal on the platform as its last step left it.

    proposer: the side that entered it; what it costs that side lies aside. transfer_fee: minor units per lot on top of
    the price, for the buyer. at, expires: UTC, ISO 8601. parts: (batch, kg) that a selling proposer has set aside.
    state: proposed | settled | declined | withdrawn | lapsed.
    """

    id: str
    city: str
    deal: Deal
    proposer: Side
    transfer_fee: int
    at: str
    expires: str
    state: str
    parts: Parts = ()


@dataclass(frozen=True, slots=True)
class Means:
    """What a party can bring: a seller its units that the contract accepts, oldest first; a buyer its money."""

    held: Sequence[Holding] = ()
    cash: int = 0


def propose(
    deal: Deal,
    by: str,
    means: Means,
    *,
    id: str,
    at: datetime,
    close: int,
    surplus_kg: int,
    venue: Venue,
    connected: bool = False,
) -> Decision:
    """One side enters a deal; its units or money are set aside. Event: the BlockTrade, proposed for a day.

    by: the buyer's or seller's id. close: last closing price of the city, minor units per lot. surplus_kg: what the
    city may send out. connected: whether the two belong to one group. Raises OrderRejected when the deal breaks a rule
    of the venue or the means are too small, Refused for somebody who is no side of it.
    """
    if by not in (deal.buyer, deal.seller):
        raise Refused(id, f"{by} is neither its buyer nor its seller.")
    _check(deal, id, close, venue, connected)
    _check_surplus(deal, id, surplus_kg)
    side = Side.SELL if by == deal.seller else Side.BUY
    fee = venue.transfer_fee if deal.kind == "block" and deal.seller_city != deal.buyer_city else 0
    block = BlockTrade(id, deal.city, deal, side, fee, at.isoformat(), (at + STANDS).isoformat(), "proposed")
    reserved = reserve(_order(block, side, "new"), venue, held=means.held, cash=means.cash)
    return Decision(reserved.transfers, (replace(block, parts=reserved.one(Order).parts),))


def confirm(block: BlockTrade, by: str, means: Means, *, at: datetime, surplus_kg: int, venue: Venue) -> Decision:
    """The other side agrees: units against money at once, as in any trade. Events: the BlockTrade, settled, and the
    Trade.

    means: of who confirms. Raises Refused when it is not the other side's turn, no longer proposed or too late;
    OrderRejected when the means are too small or the city needs the units by now.
    """
    _check_open(block, at)
    deal, other = block.deal, Side.SELL if block.proposer is Side.BUY else Side.BUY
    if by != (deal.seller if other is Side.SELL else deal.buyer):
        raise Refused(block.id, f"waits for its {'seller' if other is Side.SELL else 'buyer'}, not for {by}.")
    _check_surplus(deal, block.id, surplus_kg)
    reserved = reserve(_order(block, other, "new"), venue, held=means.held, cash=means.cash)
    entered, waiting = reserved.one(Order), _order(block, block.proposer, "open")
    buy, sell = (entered, waiting) if other is Side.BUY else (waiting, entered)
    match = Match(
        deal.kind, buy.id, sell.id, deal.lots, deal.price + block.transfer_fee, deal.price, block.transfer_fee
    )
    when = When(at.date().isoformat(), f"{at:%Y-%m}")
    settled = settle(match, buy, sell, venue, trade_id=f"TRD-{block.id}", when=when)
    done = replace(block, state="settled", parts=())
    return Decision(reserved.transfers + settled.transfers, (done, settled.one(Trade)))


def turn_down(block: BlockTrade, by: str, *, at: datetime, venue: Venue) -> Decision:
    """The other side declines, or the proposer withdraws: what lay aside goes back. Event: the BlockTrade.

    Raises Refused when it is settled or over, or `by` is no side of it.
    """
    _check_open(block, at)
    proposer = block.deal.seller if block.proposer is Side.SELL else block.deal.buyer
    if by not in (block.deal.buyer, block.deal.seller):
        raise Refused(block.id, f"{by} is neither its buyer nor its seller.")
    return _end(block, "withdrawn" if by == proposer else "declined", venue)


def lapse(block: BlockTrade, *, at: datetime, venue: Venue) -> Decision:
    """What lay aside goes back once the day is over; before, or when it is settled: an empty Decision."""
    if block.state != "proposed" or at < datetime.fromisoformat(block.expires):
        return Decision()
    return _end(block, "lapsed", venue)


def _check(deal: Deal, name: str, close: int, venue: Venue, connected: bool) -> None:
    if deal.kind not in KINDS:
        raise ValueError(f"no kind of deal {deal.kind!r}; choose from {', '.join(KINDS)}")
    if deal.buyer == deal.seller or deal.lots < 1:
        raise OrderRejected(name, "it needs two parties and a lot or more.")
    if deal.kind != "block":
        if deal.price:
            raise OrderRejected(name, f"a {deal.kind} has no price; a deal at a price is a block.")
        if deal.kind == "group" and not connected:
            raise OrderRejected(name, f"{deal.buyer} and {deal.seller} are not of one group; enter it as a gift.")
        return
    if deal.lots < venue.block_lots:
        raise OrderRejected(name, f"{deal.lots:,} lots are no block; expected {venue.block_lots:,} or more.")
    band = share_down(close, venue.block_price_limit)
    if abs(deal.price - close) > band:
        low, high = Money(close - band, venue.currency), Money(close + band, venue.currency)
        price = Money(deal.price, venue.currency)
        raise OrderRejected(
            name, f"its price {price} is too far from the last close; expected {low} to {high} a tonne."
        )


def _check_surplus(deal: Deal, name: str, surplus_kg: int) -> None:
    kg = deal.lots * KG_PER_LOT
    if deal.leaves and kg > surplus_kg:
        raise OrderRejected(
            name, f"{Mass(kg)} would leave {deal.city}, whose own obligations spare {Mass(surplus_kg)}."
        )


def _check_open(block: BlockTrade, at: datetime) -> None:
    if block.state != "proposed":
        raise Refused(block.id, f"it is {block.state}.")
    if at >= datetime.fromisoformat(block.expires):
        raise Refused(block.id, f"it had to be confirmed before {block.expires}; propose it again.")


def _end(block: BlockTrade, state: str, venue: Venue) -> Decision:
    given_back = release(_order(block, block.proposer, "open"), venue)
    return Decision(given_back.transfers, (replace(block, state=state, parts=()),))


def _order(block: BlockTrade, side: Side, state: str) -> Order:
    """One side of the deal as an order of its size; it never enters a book."""
    deal, selling = block.deal, side is Side.SELL
    return Order(
        id=f"{block.id}/{side}",
        city=deal.city,
        owner=deal.seller if selling else deal.buyer,
        owner_city=deal.seller_city if selling else deal.buyer_city,
        side=side,
        lots=deal.lots,
        price=deal.price if selling else deal.price + block.transfer_fee,
        tif=Tif.DAY,
        state=state,
        filled=0,
        at=block.at,
        parts=block.parts if selling else (),
    )
