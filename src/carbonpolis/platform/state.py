"""What the journal says now, in memory: balances and things, each as its newest event left it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from carbonpolis.errors import Unknown
from carbonpolis.ledger import Account, Balances, Event, Limit
from carbonpolis.market.floor.blotter import Blotter
from carbonpolis.market.order import Order, Trade
from carbonpolis.market.venue.kept import KeptVenue
from carbonpolis.market.venue.settings import default_venue
from carbonpolis.store.entities import kind_of

Thing = TypeVar("Thing")


class State:
    """What the journal says now: balances and things. Read by everybody, changed only by the unit of work.

    venue: the market's rules, as the folder keeps them or else the default's. dealt: how often an order or a trade was
    recorded by itself, not in a blotter of the floor.
    """

    def __init__(self, balances: Balances, things: Iterable[Event]) -> None:
        self.balances = balances
        self.limits: dict[Account, Limit] = {}
        self.venue = default_venue()
        self.dealt = 0
        self._things: dict[str, dict[str, Any]] = {}
        self._blotters: list[Blotter] = []  # not taken apart yet
        self._watcher: Callable[[Balances], None] | None = None
        for thing in things:
            self.put(thing)

    def all(self, kind: type[Thing]) -> list[Thing]:
        """Every thing of a kind, in the order of first recording."""
        return list(self._of(kind).values())

    def named(self, kind: type[Thing]) -> Mapping[str, Thing]:
        """Every thing of a kind by its id; not to be changed, and gone with the next command."""
        return self._of(kind)

    def count(self, kind: type[Thing]) -> int:
        """How many things of a kind there are."""
        return len(self._of(kind))

    def find(self, kind: type[Thing], name: str) -> Thing | None:
        """The thing of that id, if there is one."""
        found: Thing | None = self._of(kind).get(name)
        return found

    def get(self, kind: type[Thing], name: str) -> Thing:
        """The thing of that id. Raises Unknown naming the first few there are."""
        found = self.find(kind, name)
        if found is None:
            raise Unknown(kind_of(kind).replace("_", " "), name, list(self._of(kind))[:8])
        return found

    def put(self, thing: Event) -> None:
        """Keep a thing as its newest event left it."""
        if isinstance(thing, Blotter):
            self._blotters.append(thing)
            return
        if isinstance(thing, Order | Trade):
            self._take_apart()
            self.dealt += 1
        self._things.setdefault(kind_of(type(thing)), {})[thing.id] = thing
        if isinstance(thing, Limit):
            self.limits[thing.account] = thing
        elif isinstance(thing, KeptVenue):
            self.venue = thing.venue()

    def post(self, after: Balances) -> None:
        """Take new balances in."""
        self.balances.update(after)
        if self._watcher is not None:
            self._watcher(after)

    def watch(self, watcher: Callable[[Balances], None]) -> None:
        """Tell `watcher` every change of balances from now on; it takes the place of the one before."""
        self._watcher = watcher

    def _of(self, kind: type[Any]) -> dict[str, Any]:
        if self._blotters and kind in (Order, Trade):
            self._take_apart()
        return self._things.get(kind_of(kind), {})

    def _take_apart(self) -> None:
        """Orders and trades out of the blotters: only who asks for them pays for that."""
        if not self._blotters:
            return
        orders = self._things.setdefault(kind_of(Order), {})
        trades = self._things.setdefault(kind_of(Trade), {})
        for blotter in self._blotters:
            orders.update((order.id, order) for order in blotter.each_order())
            trades.update((trade.id, trade) for trade in blotter.each_trade())
        self._blotters.clear()
