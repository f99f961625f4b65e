"""Forward contracts: a registered project's future issuance, paid into escrow now, delivered when it is issued.

What the buyer holds until then are ex-ante units, an asset of their own: they may be handed on, and never be retired.
(Advance units of credit are the mirror image: retired, never traded.) Gold Standard's planned emission reductions work
alike: rules.md, 5.3, "ex-ante".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.market.order import Trade
from carbonpolis.market.settlement import When, charges, cost
from carbonpolis.market.venue.settings import Venue
from carbonpolis.quantity import KG_PER_LOT, Mass, Money
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.units import parse_batch_id

EX_ANTE = "ex-ante"
SOLD_FROM = ("registered", "monitored", "verified")  # states of a project that may promise its issuance


@dataclass(frozen=True, slots=True)
class Forward:
    """Lots of what a project will be issued for a year.

    city: the project's; contract: "forward-2027". price: minor units per lot; escrow: what lies aside for it, fee and
    tax in it. agreed: ISO date. delivered: lots. state: open | delivered | delivered_short | refunded.
    """

    id: str
    city: str
    project: str
    year: int
    seller: str
    seller_city: str
    buyer: str
    buyer_city: str
    lots: int
    price: int
    escrow: int
    agreed: str
    delivered: int = 0
    state: str = "open"

    @property
    def contract(self) -> str:
        """Name of the contract."""
        return f"forward-{self.year}"

    @property
    def asset(self) -> str:
        """The ledger's name of its ex-ante units."""
        return f"{EX_ANTE}/{self.project}/{self.year}"

    @property
    def kg(self) -> int:
        """Kilograms still to come; 0 once it is over."""
        return self.lots * KG_PER_LOT if self.state == "open" else 0


def is_ex_ante(asset: str) -> bool:
    """Whether a ledger asset is ex-ante units."""
    return asset.startswith(EX_ANTE + "/")


def agree(
    project: SinkProject,
    *,
    id: str,
    year: int,
    seller_city: str,
    buyer: str,
    buyer_city: str,
    lots: int,
    price: int,
    at: str,
    cash: int,
    promised_kg: int,
    expected_kg: int,
    venue: Venue,
) -> Decision:
    """The owner of a project sells lots of a year that is not issued yet; the buyer pays into escrow.

    promised_kg: of that year, sold forward already. expected_kg: what the year surely yields to the owner (the model's
    lower bound after buffer: `repayment.sure_kg`). at: ISO date. cash: the buyer's available money. Transfers: money to
    escrow, ex-ante units to the buyer. Event: the Forward.
    Raises Refused for a project or year that can't be promised, more than it surely yields, or too little money.
    """
    if project.state not in SOLD_FROM:
        raise Refused(project.id, f"it is {project.state}; only a registered project can sell its issuance ahead.")
    if year <= project.settled_through or year < project.start_year:
        raise Refused(project.id, f"its units of {year} are settled or come before its start; choose a later year.")
    if buyer == project.owner or lots < 1 or price < 0 or price % venue.tick:
        raise Refused(id, "expected another party as buyer, a lot or more, and a price on the tick.")
    if promised_kg + lots * KG_PER_LOT > expected_kg:
        free = max(0, expected_kg - promised_kg)
        raise Refused(
            id, f"{Mass(lots * KG_PER_LOT)} of {year} are asked for; {project.id} can surely deliver {Mass(free)}."
        )
    aside = cost(lots, price, venue)
    if aside > cash:
        have = Money(cash, venue.currency)
        raise Refused(id, f"it costs {Money(aside, venue.currency)} with fee and tax, {have} are available.")
    made = Forward(
        id, project.city, project.id, year, project.owner, seller_city, buyer, buyer_city, lots, price, aside, at
    )
    return Decision(tuple(_opened(made, venue)), (made,))


def hand_on(forward: Forward, to: str, to_city: str, price: int, *, cash: int, venue: Venue) -> Decision:
    """The holder sells its ex-ante units on: the new one takes over the escrow and pays `price` per lot for it.

    price: minor units per lot, of a contract that is paid for already. cash: of the new holder. Event: the Forward.
    Raises Refused when it is over, the holder is the same or the money is too little.
    """
    _check_open(forward)
    paid = forward.lots * price
    if to in (forward.buyer, forward.seller) or price < 0:
        raise Refused(forward.id, f"{to} can't take it over; expected another party and a price of 0 or more.")
    if paid > cash:
        have = Money(cash, venue.currency)
        raise Refused(forward.id, f"it is sold for {Money(paid, venue.currency)}, {have} are available.")
    taken = replace(forward, buyer=to, buyer_city=to_city)
    moves = (
        (_claim(forward), _claim(taken), forward.kg, Why.DELIVER),
        (_money(forward, venue, Purpose.ESCROW), _money(taken, venue, Purpose.ESCROW), forward.escrow, Why.DELIVER),
        (_money(taken, venue, Purpose.AVAILABLE), _money(forward, venue, Purpose.AVAILABLE), paid, Why.PAY),
    )
    return Decision(tuple(Transfer(*move) for move in moves if move[2]), (taken,))


def deliver(forwards: Sequence[Forward], batch: str, held_kg: int, *, when: When, venue: Venue) -> Decision:
    """A year was issued: every open contract on it is served and paid, whatever was not is refunded.

    forwards: of one project and year. batch: the units issued for it; held_kg: what the seller has available of them.
    Enough: all lots, oldest contract first. Short: whole lots pro rata, rounded down, and the lots left over one by one
    to the oldest. Events: each Forward, and a Trade for each that got lots. Raises Refused for another project's or
    year's batch.
    """
    waiting = sorted((each for each in forwards if each.state == "open"), key=lambda each: (each.agreed, each.id))
    if len({(each.project, each.year) for each in waiting}) > 1:
        raise Refused(batch, "contracts of several projects or years were given; deliver each by its own batch.")
    if waiting and parse_batch_id(batch).vintage != waiting[0].year:
        raise Refused(batch, f"it is no batch of {waiting[0].year}, which {waiting[0].id} promised.")
    shares = _shares([each.lots for each in waiting], held_kg // KG_PER_LOT)
    return Decision.all(_served(each, lots, batch, when, venue) for each, lots in zip(waiting, shares, strict=True))


def refund(forwards: Iterable[Forward], *, venue: Venue) -> Decision:
    """The issuance failed: all escrow goes back and the ex-ante units are gone. Events: each open Forward, refunded."""
    return Decision.all(
        Decision(tuple(_closed(each, (), each.escrow, venue)), (replace(each, state="refunded"),))
        for each in forwards
        if each.state == "open"
    )


def _shares(wanted: Sequence[int], lots: int) -> list[int]:
    """`lots` in whole parts, pro rata to what is wanted and never more; what rounding leaves goes to the first."""
    total = sum(wanted)
    if lots >= total:
        return list(wanted)
    parts = [each * lots // total for each in wanted]
    left = lots - sum(parts)
    return [part + (index < left) for index, part in enumerate(parts)]


def _opened(forward: Forward, venue: Venue) -> Iterator[Transfer]:
    issuer = Account(forward.seller_city, forward.seller, forward.asset, Purpose.ISSUER)
    yield Transfer(issuer, _claim(forward), forward.kg, Why.ISSUE)
    if forward.escrow:
        escrow = _money(forward, venue, Purpose.ESCROW)
        yield Transfer(_money(forward, venue, Purpose.AVAILABLE), escrow, forward.escrow, Why.RESERVE)


def _served(forward: Forward, lots: int, batch: str, when: When, venue: Venue) -> Decision:
    value = lots * forward.price
    fee, tax = charges(value, venue)
    state = "refunded" if not lots else "delivered" if lots == forward.lots else "delivered_short"
    done = replace(forward, delivered=lots, state=state)
    currency = venue.currency
    payments = (
        (Account(forward.seller_city, forward.seller, currency, Purpose.AVAILABLE), value, Why.PAY),
        (Account(forward.city, venue.operator, currency, Purpose.FEES), fee, Why.FEE),
        (Account(forward.buyer_city, "city", currency, Purpose.FUND), tax, Why.TAX),
    )
    closed = tuple(_closed(forward, payments, forward.escrow - value - fee - tax, venue))
    if not lots:
        return Decision(closed, (done,))
    kg = lots * KG_PER_LOT
    units = Transfer(
        Account(forward.seller_city, forward.seller, batch, Purpose.AVAILABLE),
        Account(forward.buyer_city, forward.buyer, batch, Purpose.AVAILABLE),
        kg,
        Why.DELIVER,
    )
    trade = Trade(
        id=f"TRD-{forward.id}",
        city=forward.city,
        kind="forward",
        at=when.at,
        month=when.month,
        buyer=forward.buyer,
        buyer_city=forward.buyer_city,
        seller=forward.seller,
        seller_city=forward.seller_city,
        price=forward.price,
        lots=lots,
        parts=((batch, kg),),
        fee=fee,
        tax=tax,
        buyer_price=forward.price,
    )
    return Decision((units, *closed), (done, trade))


def _closed(
    forward: Forward, payments: Sequence[tuple[Account, int, Why]], back: int, venue: Venue
) -> Iterator[Transfer]:
    """The ex-ante units gone, the escrow paid out, the rest of it given back."""
    issuer = Account(forward.seller_city, forward.seller, forward.asset, Purpose.ISSUER)
    yield Transfer(_claim(forward), issuer, forward.kg, Why.CANCEL)
    escrow = _money(forward, venue, Purpose.ESCROW)
    assert back >= 0, f"{forward.id} would cost more than lies in escrow"
    for receiver, amount, why in (*payments, (_money(forward, venue, Purpose.AVAILABLE), back, Why.RELEASE)):
        if amount:
            yield Transfer(escrow, receiver, amount, why)


def _check_open(forward: Forward) -> None:
    if forward.state != "open":
        raise Refused(forward.id, f"it is {forward.state}.")


def _claim(forward: Forward) -> Account:
    return Account(forward.buyer_city, forward.buyer, forward.asset, Purpose.AVAILABLE)


def _money(forward: Forward, venue: Venue, purpose: Purpose) -> Account:
    return Account(forward.buyer_city, forward.buyer, venue.currency, purpose)
