"""Slow truth about the order book: two lists in the order of price and time, and one rule after another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile


@dataclass(eq=False)
class Resting:
    id: int
    owner: int
    side: str
    lots: int
    price: int
    tif: str
    post_only: bool


class Refusal(Exception):
    """The name of the Outcome is the message."""


class NaiveBook:
    def __init__(self, self_trade: str, band: tuple[int, int] | None = None) -> None:
        self.self_trade, self.band, self.halted = self_trade, band, None
        self.resting: list[Resting] = []  # in the order of time
        self.removed: list[tuple[int, int]] = []

    def queue(self, side: str) -> list[Resting]:
        """Best price first; sorting is stable, so the oldest first at a price."""
        return sorted(
            [one for one in self.resting if one.side == side], key=lambda one: one.price * (-1 if side == "buy" else 1)
        )

    def counterparties(self, side: str, price: int | None) -> list[Resting]:
        return [
            one
            for one in self.queue("sell" if side == "buy" else "buy")
            if price is None or (one.price <= price if side == "buy" else one.price >= price)
        ]

    def in_band(self, one: Resting) -> bool:
        return self.band is None or self.band[0] <= one.price <= self.band[1]

    def find(self, order_id: int) -> Resting:
        for one in self.resting:
            if one.id == order_id:
                return one
        raise Refusal("UNKNOWN")

    def submit(self, order_id, owner, side, lots, price=None, tif="gtc", post_only=False):
        self.removed = []
        if lots < 1:
            raise Refusal("BAD_LOTS")
        if any(one.id == order_id for one in self.resting):
            raise Refusal("DUPLICATE")
        return self.enter(Resting(order_id, owner, side, lots, price, tif, post_only), 0)

    def cancel(self, order_id: int) -> int:
        self.removed = []
        one = self.find(order_id)
        self.resting.remove(one)
        return one.lots

    def amend(self, order_id, lots=None, price=None):
        self.removed = []
        old = self.find(order_id)
        lots, price = old.lots if lots is None else lots, old.price if price is None else price
        if lots < 1:
            raise Refusal("BAD_LOTS")
        if price == old.price and lots <= old.lots:
            old.lots = lots
            return []
        where = self.resting.index(old)
        self.resting.remove(old)
        try:
            return self.enter(Resting(old.id, old.owner, old.side, lots, price, old.tif, old.post_only), old.lots)
        except Refusal:
            self.resting.insert(where, old)
            raise

    def enter(self, new: Resting, replaced: int) -> list[tuple[int, int, int, int]]:
        if sum(one.lots for one in self.resting if one.side == new.side) + new.lots > 2**63 - 1:
            raise Refusal("TOO_MANY_LOTS")
        across = self.counterparties(new.side, new.price)
        if new.post_only and across:
            raise Refusal("WOULD_CROSS")
        tradable = list(takewhile(self.in_band, across))
        others = [one for one in tradable if self.self_trade == "allow" or one.owner != new.owner]
        if new.tif == "fok" and sum(one.lots for one in others) < new.lots:
            raise Refusal("NOT_WHOLE")
        if self.self_trade == "reject_incoming" and self.meets_own(new, tradable):
            raise Refusal("MEETS_OWN")
        fills = []
        for one in across:
            if not new.lots:
                break
            if one not in tradable:
                self.halted = (new.id, new.owner, new.side, new.lots, new.price, new.tif)
                return fills
            if one.owner == new.owner and self.self_trade == "cancel_resting":
                self.resting.remove(one)
                self.removed.append((one.id, one.lots))
                continue
            lots = min(one.lots, new.lots)
            fills.append((one.id, new.id, one.price, lots))
            one.lots -= lots
            new.lots -= lots
            if not one.lots:
                self.resting.remove(one)
        if new.lots and new.price is not None and new.tif in ("gtc", "day"):
            self.resting.append(new)
        return fills

    def meets_own(self, new: Resting, tradable: list[Resting]) -> bool:
        left = new.lots
        for one in tradable:
            if left <= 0:
                return False
            if one.owner == new.owner:
                return True
            left -= one.lots
        return False

    def expire_day(self) -> list[tuple[int, int]]:
        gone = [(one.id, one.lots) for one in self.resting if one.tif == "day"]
        self.resting = [one for one in self.resting if one.tif != "day"]
        return gone

    def rows(self) -> list[tuple]:
        return [
            (one.id, one.owner, one.side, one.tif, one.post_only, one.price, one.lots)
            for side in ("buy", "sell")
            for one in self.queue(side)
        ]
