"""The floor of continuous trading: orders of the journal in the books of their cities, and what each command leads to.

An order is reserved, matched and settled in one Decision. The floor is made from the orders that the journal holds
open, in the sequence of their numbers, so that after a crash it comes back as it was; whoever uses it drops it when a
commit fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from carbonpolis.errors import OrderRejected, OrderUnknown, Refused
from carbonpolis.ledger import Account, Balances, Decision, Event, Purpose, Transfer, Why
from carbonpolis.market.balance import surpluses
from carbonpolis.market.continuous import CityBooks
from carbonpolis.market.order import CityFill, Match, Order, Side
from carbonpolis.market.settlement import When, deliverable_units, release, reserve, settle
from carbonpolis.market.venue import Venue
from carbonpolis.quantity import KG_PER_LOT
from carbonpolis.registry.holdings import Holding, holdings
from carbonpolis.registry.units import is_batch


class Floor:
    """All cities' books, and the order of the journal behind each order in them."""

    def __init__(self, cities: Sequence[str], orders: Iterable[Order], venue: Venue) -> None:
        self.cities, self.venue = list(cities), venue
        self.books = CityBooks([0] * len(self.cities), [[venue.transfer_fee] * len(self.cities)] * len(self.cities))
        self.orders: dict[int, Order] = {}
        self.units = UnitAccounts()
        self._places = {city: place for place, city in enumerate(self.cities)}
        self._owners: dict[str, int] = {}
        for order in sorted((each for each in orders if each.number), key=lambda each: each.number):
            if order.open_lots:
                self.books.restore(
                    self._places[order.city],
                    order.number,
                    self._owner(order.owner),
                    order.side.value,
                    order.open_lots,
                    order.price,
                    order.tif.value,
                    order.post_only,
                )
                self.orders[order.number] = order

    def city(self, name: str) -> int:
        """The place of a city in the books."""
        return self._places[name]

    def enter(self, order: Order) -> list[CityFill]:
        """Take a reserved order into its city's book; answers its fills. Raises OrderRejected; nothing changed then."""
        fills = self.books.submit(
            self._places[order.city],
            order.number,
            self._owner(order.owner),
            order.side.value,
            order.lots,
            order.price,
            order.tif.value,
            order.post_only,
        )
        self.orders[order.number] = order
        return fills

    def reaches_abroad(self, order: Order) -> bool:
        """Whether an order would trade with another city if that had surplus without end."""
        return self.books.reaches_abroad(self._places[order.city], order.side.value, order.price)

    def _owner(self, owner: str) -> int:
        return self._owners.setdefault(owner, len(self._owners) + 1)


class UnitAccounts:
    """Where each owner's available units lie, so that one order need not look through every account of the ledger.

    The balances of the journal only ever gain accounts, at their end: what was seen is not looked at again.
    """

    def __init__(self) -> None:
        self._seen = 0
        self._of: dict[tuple[str, str], list[Account]] = {}

    def held(self, balances: Mapping[Account, int], city: str, owner: str) -> list[Holding]:
        """What an owner has available, oldest first, as `holdings`."""
        for account in islice(balances, self._seen, None):
            if account.purpose is Purpose.AVAILABLE and is_batch(account.asset):
                self._of.setdefault((account.city, account.owner), []).append(account)
        self._seen = len(balances)
        accounts = self._of.get((city, owner), [])
        return holdings({account: balances[account] for account in accounts}, city, owner)


class Purse:
    """What parties have available while a command is decided: at its beginning, less what it reserves."""

    def __init__(self, balances: Mapping[Account, int], units: UnitAccounts) -> None:
        self.balances, self._units = balances, units
        self._cash: dict[Account, int] = {}
        self._held: dict[tuple[str, str], list[Holding]] = {}

    def cash(self, account: Account) -> int:
        """Money that an account has left, minor units."""
        return self._cash.get(account, self.balances.get(account, 0))

    def held(self, city: str, owner: str) -> list[Holding]:
        """Units that an owner has left, oldest first."""
        found = self._held.get((city, owner))
        if found is None:
            found = self._held[city, owner] = self._units.held(self.balances, city, owner)
        return found

    def spend(self, transfers: Iterable[Transfer], order: Order) -> None:
        """Take out what an order reserved."""
        if order.side is Side.BUY:
            for transfer in transfers:
                self._cash[transfer.debit] = self.cash(transfer.debit) - transfer.amount
            return
        taken = dict(order.parts)
        left = [
            replace(holding, kg=holding.kg - taken.get(holding.batch, 0))
            for holding in self.held(order.owner_city, order.owner)
        ]
        self._held[order.owner_city, order.owner] = [holding for holding in left if holding.kg]


class Session:
    """One command on the floor: orders enter in turn, and everything that follows is gathered into one Decision."""

    def __init__(self, floor: Floor, balances: Balances, when: When, *, trade_prefix: str) -> None:
        self.floor, self.venue, self.when = floor, floor.venue, when
        self.purse = Purse(balances, floor.units)
        self.trades = 0
        self._prefix = trade_prefix
        self._reserved: list[Transfer] = []
        self._then: list[Transfer] = []
        self._events: dict[tuple[type[Event], str], Event] = {}
        self._counted = False
        if floor.books.held_back():
            self._recount()

    def enter(self, order: Order) -> int:
        """Reserve, match and settle a new order; answers lots filled. Raises Refused; nothing of it happens then."""
        account = Account(order.owner_city, order.owner, self.venue.currency, Purpose.AVAILABLE)
        if order.side is Side.BUY:
            reserved = reserve(order, self.venue, cash=self.purse.cash(account))
        else:
            held = self.purse.held(order.owner_city, order.owner)
            units = deliverable_units(held, order.city, int(order.at[:4]), self.venue)
            reserved = reserve(order, self.venue, held=units)
        opened = reserved.events[0]
        assert isinstance(opened, Order)
        if not self._counted and self.floor.reaches_abroad(opened):
            self._recount()
        fills = self.floor.enter(opened)
        self.purse.spend(reserved.transfers, opened)
        self._reserved += reserved.transfers
        self._keep(opened)
        self._settle(fills)
        for number, _ in self.floor.books.removed:
            self._close(number)
        if order.number not in self.floor.books and order.number in self.floor.orders:
            self._close(order.number)
        return sum(fill.lots for fill in fills)

    def cancel(self, order: Order) -> int:
        """Take an order out and give back what it had set aside; answers lots. Raises OrderUnknown."""
        if order.number not in self.floor.orders:
            raise OrderUnknown(order.id)
        lots = self.floor.books.cancel(order.number)
        self._close(order.number)
        return lots

    def decision(self) -> Decision:
        """All of it: what was reserved first, then what followed, the same way between two accounts summed."""
        return Decision(tuple(_summed(self._reserved + self._then)), tuple(self._events.values()))

    def _recount(self) -> None:
        """Surplus as the ledger has it before the command; offers that may leave since the last one do so.

        Only where units could leave at all: it goes through every account. Within a command the books count on.
        """
        self._counted = True
        surplus = surpluses(self.purse.balances)
        for place, city in enumerate(self.floor.cities):
            lots = surplus.get(city, 0) // KG_PER_LOT
            if lots != int(self.floor.books.surplus[place]):
                self._settle(self.floor.books.recount(place, lots))
                for number, _ in self.floor.books.removed:
                    self._close(number)

    def _settle(self, fills: Iterable[CityFill]) -> None:
        orders = self.floor.orders
        for fill in fills:
            maker, taker = orders[fill.maker_id], orders[fill.taker_id]
            buy, sell = (taker, maker) if taker.side is Side.BUY else (maker, taker)
            kind = "local" if fill.seller_city == fill.buyer_city else "coupled"
            match = Match(kind, buy.id, sell.id, fill.lots, fill.buyer_price, fill.seller_price, fill.fee)
            trade_id = f"{self._prefix}-{self.trades:06d}"
            settled = settle(match, buy, sell, self.venue, trade_id=trade_id, when=self.when)
            self.trades += 1
            self._then += settled.transfers
            for event in settled.events:
                self._keep(event)

    def _keep(self, event: Event) -> None:
        self._events[type(event), event.id] = event
        if isinstance(event, Order):
            if event.open_lots:
                self.floor.orders[event.number] = event
            else:
                self.floor.orders.pop(event.number, None)

    def _close(self, number: int) -> None:
        released = release(self.floor.orders[number], self.venue)
        self._then += released.transfers
        for event in released.events:
            self._keep(event)


def _summed(transfers: Iterable[Transfer]) -> Iterable[Transfer]:
    """The same way between two accounts for the same reason as one transfer, where it first came up."""
    sums: dict[tuple[Account, Account, Why], int] = {}
    for transfer in transfers:
        way = transfer.debit, transfer.credit, transfer.why
        sums[way] = sums.get(way, 0) + transfer.amount
    return (Transfer(debit, credit, amount, why) for (debit, credit, why), amount in sums.items())


def refused(problem: Refused) -> str:
    """The reason of a refusal, for an answer that tells many."""
    return problem.reason if isinstance(problem, OrderRejected) else str(problem)
