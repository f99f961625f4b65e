"""The order book of one contract: price, then time."""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable
from types import ModuleType
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonpolis.errors import OrderRejected, OrderUnknown
from carbonpolis.market.matching.types import ABSENT, FILL_DTYPE, ORDER_DTYPE, Fill, Halt, Outcome, Resting

Level = tuple[int, int, int]
Band = tuple[int, int]
Records = NDArray[Any]

SIDES = {"buy": 0, "sell": 1}
TIFS = {"gtc": 0, "day": 1, "ioc": 2, "fok": 3}
SELF_TRADES = {"cancel_resting": 0, "reject_incoming": 1, "allow": 2}

_MOST = 2**63 - 1
_FILLS = 256  # room to begin with
_ORDER = struct.Struct("@qqbbbbqq")
_FIELDS = ("order_id", "owner", "action", "side", "tif", "post_only", "price", "lots")
assert _ORDER.size == ORDER_DTYPE.itemsize


_REASONS = {
    Outcome.DUPLICATE: "an order of that id rests in the book already; give every order an id of its own.",
    Outcome.BAD_LOTS: "it is for less than 1 lot; to take an order out, cancel it.",
    Outcome.TOO_MANY_LOTS: f"with it, more than {_MOST} lots would rest on its side.",
    Outcome.WOULD_CROSS: "it is post-only and would trade at once; place it behind the best price of the other side.",
    Outcome.MEETS_OWN: "it would trade with an order of the same owner; cancel or re-price one of them.",
}


class OrderBook:
    """Resting orders of one contract, matched by price, then time.

    order_id and owner: any int64, but an id may rest only once. Prices: any int64 but the lowest, in minor units per
    lot; lots: from 1. `submit`, `cancel`, `amend` and `process` are one compiled implementation (engine.py).

    self_trade: what happens where an order would trade with one of its own owner's.
        "cancel_resting": the one that rests is taken out (see `removed`) and matching goes on.
        "reject_incoming": the one that comes is refused whole, nothing changes.
        "allow": they trade.
    band: lowest and highest price that may trade, both included. An order that comes to a price outside fills up to
    there and halts the book: see `halt`. None: any price.
    """

    def __init__(self, self_trade: str = "cancel_resting", *, band: Band | None = None) -> None:
        self._engine, self._views, self._places = _compiled()
        self._book: Any = self._views.empty_book(_choice("self_trade", self_trade, SELF_TRADES))
        self._state = self._book.state
        self._take = self._engine.run
        self._one = np.zeros(1, dtype=ORDER_DTYPE)
        self._one_bytes = memoryview(self._one.data).cast("B")
        self._one_outcome = np.zeros(1, dtype=np.int8)
        self._fills = np.empty(_FILLS, dtype=FILL_DTYPE)
        self.outcomes: NDArray[np.int8] = np.empty(0, dtype=np.int8)
        self.halt: Halt | None = None
        self._when_moved: Callable[[], None] | None = None
        self.band = band

    @property
    def band(self) -> Band | None:
        """Lowest and highest price that may trade, or None for any."""
        low, high = int(self._state[self._places.LOW]), int(self._state[self._places.HIGH])
        return None if (low, high) == (ABSENT, _MOST) else (low, high)

    @band.setter
    def band(self, band: Band | None) -> None:
        """Let no order trade outside from now on. Raises ValueError unless the lower price comes first."""
        low, high = (ABSENT, _MOST) if band is None else (_whole("band", band[0]), _whole("band", band[1]))
        if low > high:
            raise ValueError(f"a band from {low} to {high}; expected the lower price first")
        self._state[self._places.LOW], self._state[self._places.HIGH] = low, high

    def submit(
        self,
        order_id: int,
        owner: int,
        side: str,
        lots: int,
        price: int | None = None,
        tif: str = "gtc",
        post_only: bool = False,
    ) -> list[Fill]:
        """Take an order in; answers its fills in the order of execution, each at the waiting order's price.

        price: limit, None for the market. tif: "gtc" rests until cancelled, "day" until `expire_day`, "ioc" fills what
        it can at once, "fok" fills whole at once or not at all. What a market order leaves vanishes.
        Raises OrderRejected (nothing changed): an id that rests already, lots below 1, post-only that would trade, its
        own owner met where the book rejects that, or a halted book; ValueError for numbers that are not whole or no
        int64, and for a side or tif that does not exist.
        """
        if price is None:
            price = ABSENT
        elif type(price) is not int or price == ABSENT:
            price = _price(price)
        if type(order_id) is not int or type(owner) is not int or type(lots) is not int:
            order_id, owner, lots = _whole("order_id", order_id), _whole("owner", owner), _whole("lots", lots)
        try:
            way, holds = SIDES[side], TIFS[tif]
        except (KeyError, TypeError):
            way, holds = _choice("side", side, SIDES), _choice("tif", tif, TIFS)
        if self.halt is not None:
            raise _in_halt(f"order {order_id}")
        return self._give(order_id, owner, 0, way, holds, 1 if post_only else 0, price, lots)

    def cancel(self, order_id: int) -> int:
        """Take an order out; answers the lots removed. Raises OrderUnknown when it does not rest here."""
        self._give(_whole("order_id", order_id), 0, 1, 0, 0, 0, 0, 0)
        return int(self._state[self._places.LEFT])

    def amend(self, order_id: int, lots: int | None = None, price: int | None = None) -> list[Fill]:
        """Change a resting order; answers the fills that the new price led to.

        lots: open from now on, whatever was filled before; None keeps. price: None keeps. The same price and no more
        lots keeps its place; anything else sends it to the end of the queue at its price, and may fill. Owner, side,
        tif and post-only stay. Raises OrderUnknown, or OrderRejected as `submit` does: then the order stays as it was.
        """
        if self.halt is not None:
            raise _in_halt(f"order {order_id}")
        more = ABSENT if lots is None else _whole("lots", lots)
        where = ABSENT if price is None else _price(price)
        if more == ABSENT and lots is not None:
            raise refusal(Outcome.BAD_LOTS, order_id)
        return self._give(_whole("order_id", order_id), 0, 2, 0, 0, 0, where, more)

    def process(self, orders: ArrayLike) -> Records:
        """Take a batch in; answers all its fills, FILL_DTYPE, in the order of execution.

        orders: one-dimensional, ORDER_DTYPE (or the same fields as other integers). What `submit`, `cancel` or `amend`
        would raise is skipped here, and `outcomes` (one Outcome an order) says so. An order that halts the book is the
        last one taken: `outcomes` is shorter than the batch then. Raises OrderRejected where the book is halted,
        ValueError for another shape or type.
        """
        batch = _orders(orders)
        if self.halt is not None:
            raise _in_halt("this batch")
        self._told()
        outcomes = np.empty(len(batch), dtype=np.int8)
        fills = np.empty(_FILLS + len(batch), dtype=FILL_DTYPE)  # what is never written to takes no memory
        taken, n = self._take(self._book, batch, 0, fills, 0, outcomes)
        taken, n, fills = self._go_on(batch, taken, fills, n, outcomes)
        self.outcomes = outcomes[:taken]
        if taken:
            self.note_halt(int(batch[taken - 1]["order_id"]))
        return fills[:n] if 8 * n > len(fills) else fills[:n].copy()

    @property
    def best_bid(self) -> int | None:
        """The highest price bid, or None."""
        return self._best(0)

    @property
    def best_ask(self) -> int | None:
        """The lowest price asked, or None."""
        return self._best(1)

    def depth(self, levels: int = 10) -> tuple[list[Level], list[Level]]:
        """Bids and asks, each a list of (price, lots, orders), best first, at most `levels`."""
        shown = np.empty((max(0, min(levels, len(self._book.levels))), 3), dtype=np.int64)
        bids, asks = (
            [(p, q, k) for p, q, k in shown[: self._views.depth(self._book, side, shown)].tolist()] for side in (0, 1)
        )
        return bids, asks

    def orders(self) -> Records:
        """Every resting order as the submission that would put it back, ORDER_DTYPE: bids best first, then asks, oldest
        first at a price. Processed by an empty book they make the same book."""
        found = np.zeros(len(self), dtype=ORDER_DTYPE)
        self._views.write_orders(self._book, found)
        return found

    def expire_day(self) -> list[tuple[int, int]]:
        """End the day: takes out every day order; answers their (order id, lots)."""
        self._told()
        self._engine.expire_day(self._book)
        return self.removed

    @property
    def removed(self) -> list[tuple[int, int]]:
        """(order id, lots) of the orders that the last call took out without being asked to: by self-trade prevention,
        or because the day ended."""
        if not self._state[self._places.REMOVED_FIRST]:
            return []
        found = np.empty((0, 2), dtype=np.int64)
        if many := self._views.write_removed(self._book, found):
            found = np.empty((many, 2), dtype=np.int64)
            self._views.write_removed(self._book, found)
        return [(order_id, lots) for order_id, lots in found.tolist()]

    def __len__(self) -> int:
        """How many orders rest."""
        return int(self._state[self._places.SIDE_ORDERS] + self._state[self._places.SIDE_ORDERS + 1])

    def __contains__(self, order_id: object) -> bool:
        return isinstance(order_id, int) and self.open_lots(order_id) > 0

    def open_lots(self, order_id: int) -> int:
        """Lots of an order that still can trade, 0 when it does not rest here."""
        return int(self._views.open_lots(self._book, _whole("order_id", order_id)))

    def find(self, order_id: int) -> Resting | None:
        """An order that rests, or None."""
        return self._shown(self._views.node_of(self._book, _whole("order_id", order_id)))

    def front(self, side: str) -> Resting | None:
        """The order of a side that trades next: of the best price the oldest; None where nothing rests."""
        return self._shown(self._views.front(self._book, _choice("side", side, SIDES)))

    @property
    def nbytes(self) -> int:
        """Memory that the book has taken, bytes."""
        return sum(int(array.nbytes) for array in self._book) + int(self._fills.nbytes)

    def resume(self, band: Band | None = None) -> None:
        """Take orders again after a halt, inside this band."""
        self.band = band
        self._state[self._places.HALTED] = 0
        self.halt = None

    @property
    def arrays(self) -> Any:
        """All that the book is, for compiled code that serves many books at once; others after it needed room."""
        return self._book

    def make_room(self, why: int, price: int) -> bool:
        """Make the room that compiled code stopped for (engine.ROOM or WINDOW); False where there was enough."""
        before = self._book
        if why == self._engine.WINDOW:
            self._move_to(self._views.with_window(before, price))
        else:
            self._move_to(self._views.with_room(before, 1))
        return self._book is not before

    def _move_to(self, book: Any) -> None:
        if book is not self._book:
            self._book = book
            if self._when_moved is not None:
                self._when_moved()

    def follow(self, moved: Callable[[], None]) -> None:
        """Call `moved` whenever `arrays` are others: for the one who keeps their addresses.

        Raises ValueError where another follows the book already: it would be left with addresses of freed memory.
        """
        if self._when_moved is not None:
            raise ValueError("this order book is routed already; a book belongs to the books of one group of cities.")
        self._when_moved = moved

    def take_removed(self) -> list[tuple[int, int]]:
        """`removed`, and forget it."""
        gone = self.removed
        self._told()
        return gone

    def _give(self, *order: int) -> list[Fill]:
        """One order through the kernel: its fields in the order of ORDER_DTYPE."""
        self._told()
        try:
            _ORDER.pack_into(self._one_bytes, 0, *order)
        except struct.error:
            for name, value in zip(_FIELDS, order, strict=True):
                _whole(name, value)
            raise
        taken, n = self._take(self._book, self._one, 0, self._fills, 0, self._one_outcome)
        if not taken:
            taken, n, self._fills = self._go_on(self._one, 0, self._fills, n, self._one_outcome)
        outcome = self._one_outcome.item()
        if outcome:
            self.note_halt(order[0])
            if outcome not in (Outcome.NOT_WHOLE, Outcome.PASSED_BAND):
                raise refusal(Outcome(outcome), order[0])
        return [Fill(*fill) for fill in self._fills[:n].tolist()] if n else []

    def _go_on(
        self, orders: Records, taken: int, fills: Records, n: int, outcomes: Records
    ) -> tuple[int, int, Records]:
        """Make the room that the kernel stopped for and let it go on. Answers orders taken, fills, and their array."""
        while taken < len(orders) and (not taken or outcomes[taken - 1] != Outcome.PASSED_BAND):
            if outcomes[taken] == self._engine.WINDOW:
                self._move_to(self._views.with_window(self._book, int(orders[taken]["price"])))
            else:
                before = self._book
                self._move_to(self._views.with_room(before, len(orders) - taken))
                if self._book is before:  # then it lacked room for fills
                    fills = _doubled(fills, n)
            taken, n = self._take(self._book, orders, taken, fills, n, outcomes)
        return taken, n, fills

    def _shown(self, node: int) -> Resting | None:
        if not node:
            return None
        book = self._book
        order_id, lots, _, _, level, flags = book.nodes[node].tolist()
        side = "sell" if flags & self._engine.IS_SELL else "buy"
        return Resting(order_id, int(book.owners[node]), side, lots, int(book.levels["price"][level]))

    def note_halt(self, order_id: int) -> None:
        """Look whether an order halted the book."""
        if self.halt is None and self._state[self._places.HALTED]:
            self.halt = self._halt(order_id)

    def _halt(self, order_id: int) -> Halt:
        state, at = self._state, self._places
        side, tif, price = int(state[at.HALT_SIDE]), int(state[at.HALT_TIF]), int(state[at.HALT_PRICE])
        return Halt(
            order_id,
            int(state[at.HALT_OWNER]),
            list(SIDES)[side],
            int(state[at.LEFT]),
            None if price == ABSENT else price,
            list(TIFS)[tif],
        )

    def _told(self) -> None:
        """Forget what the last call took out: it was told."""
        if self._state[self._places.REMOVED_FIRST]:
            self._engine.release_removed(self._book)

    def _best(self, side: int) -> int | None:
        level = self._state[self._places.BEST + side]
        return int(self._book.levels[level]["price"]) if level else None


def _compiled() -> tuple[ModuleType, ModuleType, ModuleType]:
    """The compiled modules, imported with the first book: a command that opens none does not wait for the compiler."""
    from carbonpolis.market.matching import engine, price_levels, views

    return engine, views, price_levels


def _doubled(fills: Records, n: int) -> Records:
    larger = np.empty(2 * len(fills), dtype=FILL_DTYPE)
    larger[:n] = fills[:n]
    return larger


def refusal(outcome: Outcome, order_id: int) -> OrderRejected | OrderUnknown:
    """What is raised about an order whose Outcome is no trade: the same words in every book."""
    if outcome is Outcome.UNKNOWN:
        return OrderUnknown(order_id)
    return OrderRejected(f"order {order_id}", _REASONS[outcome])


def _in_halt(what: str) -> OrderRejected:
    return OrderRejected(what, "the book is halted; it takes orders again after the call auction.")


def _choice(what: str, given: str, choices: dict[str, int]) -> int:
    if not isinstance(given, str) or given not in choices:
        raise ValueError(f"{what} is {given!r}; expected {', '.join(choices)}")
    return choices[given]


def _whole(what: str, given: SupportsIndex) -> int:
    """A whole number that an int64 holds."""
    if type(given) is not int:
        if isinstance(given, bool | np.bool_) or not hasattr(given, "__index__"):
            raise ValueError(f"{what} is {given!r}; expected a whole number")
        given = operator.index(given)
    if not ABSENT <= given <= _MOST:
        raise ValueError(f"{what} is {given}; expected a number that an int64 holds")
    return given


def _price(given: SupportsIndex) -> int:
    price = _whole("price", given)
    if price == ABSENT:
        raise ValueError(f"price is {price}, which stands for no price; expected a higher one")
    return price


def _orders(given: ArrayLike) -> Records:
    """A batch as a contiguous array of ORDER_DTYPE."""
    batch = np.asarray(given)
    if batch.ndim != 1 or batch.dtype.names != ORDER_DTYPE.names:
        raise ValueError(
            f"a batch of {batch.dtype} in {batch.ndim} dimensions; expected a one-dimensional array of ORDER_DTYPE"
        )
    flags = batch.flags
    if batch.dtype == ORDER_DTYPE and flags.c_contiguous and flags.aligned and flags.writeable:
        return batch.view(ORDER_DTYPE)  # of a record array, the plain one
    for name in ORDER_DTYPE.names or ():
        if not np.can_cast(batch.dtype[name], ORDER_DTYPE[name], casting="safe"):
            raise ValueError(f"a batch whose {name} is {batch.dtype[name]}; expected {ORDER_DTYPE[name]}")
    same = np.empty(len(batch), dtype=ORDER_DTYPE)
    for name in ORDER_DTYPE.names or ():
        same[name] = batch[name]
    return same
