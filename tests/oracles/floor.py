"""Continuous trading the slow way: an object for every order, each rule of settlement.py applied one by one."""

from __future__ import annotations

from dataclasses import replace

from carbonpolis.errors import OrderRejected
from carbonpolis.ledger import Account, Decision, Purpose, post
from carbonpolis.market import CityBooks, CityFill, Match, Order, Side, Trade, When, release, reserve, settle, surpluses
from carbonpolis.market.settlement import deliverable_units
from carbonpolis.market.venue.settings import Venue
from carbonpolis.quantity import KG_PER_LOT
from carbonpolis.registry.holdings import holdings


class SlowFloor:
    """One order a command; everything is posted at once."""

    def __init__(self, cities: list[str], balances: dict[Account, int], venue: Venue) -> None:
        self.cities, self.balances, self.venue = cities, dict(balances), venue
        fee = [[venue.transfer_fee] * len(cities)] * len(cities)
        self.books = CityBooks([0] * len(cities), fee)
        self.orders: dict[int, Order] = {}
        self.trades: list[Trade] = []

    def enter(self, order: Order, when: When) -> int:
        """Lots filled at once. Raises OrderRejected."""
        self._recount(when)
        if order.side is Side.BUY:
            cash = self.balances.get(Account(order.owner_city, order.owner, self.venue.currency, Purpose.AVAILABLE), 0)
            reserved = reserve(order, self.venue, cash=cash)
        else:
            held = holdings(self.balances, order.owner_city, order.owner)
            units = deliverable_units(held, order.city, int(when.at[:4]), self.venue)
            reserved = reserve(order, self.venue, held=units)
        opened = reserved.events[0]
        assert isinstance(opened, Order)
        self.orders[order.number] = opened
        try:
            fills = self.books.submit(
                self.cities.index(order.city),
                order.number,
                hash(order.owner) % 2**31,
                order.side.value,
                order.lots,
                order.price,
                order.tif.value,
                order.post_only,
            )
        except OrderRejected:
            del self.orders[order.number]
            raise
        self._post(reserved)
        self._settle(fills, when)
        if self.orders[order.number].open_lots and order.number not in self.books:
            self._close(order.number)
        return sum(fill.lots for fill in fills)

    def cancel(self, number: int, when: When) -> int:
        self._recount(when)
        lots = self.books.cancel(number)
        self._close(number)
        return lots

    def _recount(self, when: When) -> None:
        surplus = surpluses(self.balances)
        for place, city in enumerate(self.cities):
            self._settle(self.books.recount(place, surplus.get(city, 0) // KG_PER_LOT), when)

    def _settle(self, fills: list[CityFill], when: When) -> None:
        removed = list(self.books.removed)
        for fill in fills:
            maker, taker = self.orders[fill.maker_id], self.orders[fill.taker_id]
            buy, sell = (taker, maker) if taker.side is Side.BUY else (maker, taker)
            kind = "local" if fill.seller_city == fill.buyer_city else "coupled"
            match = Match(kind, buy.id, sell.id, fill.lots, fill.buyer_price, fill.seller_price, fill.fee)
            settled = settle(match, buy, sell, self.venue, trade_id=f"T{len(self.trades)}", when=when)
            for event in settled.events:
                if isinstance(event, Order):
                    self.orders[event.number] = event
                else:
                    met = "buyer" if taker.side is Side.BUY else "seller"
                    self.trades.append(replace(event, taker=met))
            self._post(settled)
        for number, _ in removed:
            self._close(number)

    def _close(self, number: int) -> None:
        released = release(self.orders[number], self.venue)
        self._post(released)
        if released.events:
            self.orders[number] = released.events[0]

    def _post(self, decision: Decision) -> None:
        after = post(self.balances, decision.transfers)
        assert isinstance(after, dict), after
        self.balances.update(after)
