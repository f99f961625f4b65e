"""What a command of the floor writes down: its trades as they happen, its orders at the end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from carbonpolis.market.continuous.types import CityFill
from carbonpolis.market.floor.blotter import Blotter, OrderColumns, TradeColumns
from carbonpolis.market.floor.participant import Line
from carbonpolis.market.order import Parts
from carbonpolis.market.settlement import When


class Record:
    """Trades of one command, numbered in the order of execution; its length is how many there are."""

    def __init__(self, key: str, when: When) -> None:
        self.key, self.when = key, when
        self._trades: list[tuple[Any, ...]] = []

    def __len__(self) -> int:
        return len(self._trades)

    def trade(
        self, buy: Line, sell: Line, fill: CityFill, parts: Parts, *, fee: int, tax: int, carried: int, taker: str
    ) -> None:
        """Note a settled fill. Totals in minor units: fee and tax, and what was `carried` between the cities."""
        buyer, seller = buy.seat.party, sell.seat.party
        kind = "local" if fill.seller_city == fill.buyer_city else "coupled"
        name = f"TRD-{self.key}-{len(self._trades):06d}"
        self._trades.append(
            (name, sell.city, kind, buyer.id, buyer.city, seller.id, seller.city, fill.seller_price, fill.lots, parts,
             fee, tax, fill.buyer_price, carried, 0, taker)
        )  # fmt: skip

    def blotter(self, lines: Iterable[Line]) -> Blotter:
        """All of it, with the orders that the command touched as they stand now."""
        when = self.when
        trades = TradeColumns(*zip(*self._trades, strict=True)) if self._trades else TradeColumns()
        return Blotter(self.key, when.at, when.month, when.time, _orders(list(lines)), trades)


def _orders(lines: list[Line]) -> OrderColumns:
    parties = [line.seat.party for line in lines]
    return OrderColumns(
        id=tuple([line.id for line in lines]),
        city=tuple([line.city for line in lines]),
        owner=tuple([party.id for party in parties]),
        owner_city=tuple([party.city for party in parties]),
        side=tuple([line.side for line in lines]),
        lots=tuple([line.lots for line in lines]),
        price=tuple([line.price for line in lines]),
        tif=tuple([line.tif for line in lines]),
        state=tuple([line.state for line in lines]),
        filled=tuple([line.filled for line in lines]),
        at=tuple([line.at for line in lines]),
        parts=tuple([line.parts for line in lines]),
        number=tuple([line.number for line in lines]),
        post_only=tuple([line.post_only for line in lines]),
        time=tuple([line.time for line in lines]),
        ended=tuple([line.ended for line in lines]),
    )
