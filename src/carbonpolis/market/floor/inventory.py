"""What the floor knows of the ledger: whose units lie where, and what each city may send; followed change by change."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field

from carbonpolis.ledger import Account, Purpose
from carbonpolis.market.compliance.surplus import weight
from carbonpolis.quantity import KG_PER_LOT
from carbonpolis.registry.units import is_batch, parse_batch_id

_COUNTED = frozenset({Purpose.AVAILABLE, Purpose.RESERVED, Purpose.DUE})


@dataclass(frozen=True, slots=True, order=True)
class Parcel:
    """Where an owner's units of one batch lie, while available and behind an open order. Sorted, the oldest first."""

    vintage: int
    batch: str
    origin: str
    available: Account = field(compare=False)
    reserved: Account = field(compare=False)


class Stock:
    """Parcels by owner and surplus by city, as the balances seen so far have them.

    `surpluses` and `holdings` say the same from all balances; this only looks at what changed.
    """

    def __init__(self, balances: Mapping[Account, int]) -> None:
        self.moved: set[str] = set()  # cities whose surplus may have changed since it was last asked for
        self._parcels: dict[tuple[str, str], list[Parcel]] = {}
        self._weight: dict[Account, int] = {}
        self._last: dict[Account, int] = {}
        self._free: dict[str, int] = {}
        self.see(balances)

    def see(self, changed: Mapping[Account, int]) -> None:
        """Take new balances in, kilograms by account; accounts of another kind are passed over."""
        for account, kg in changed.items():
            if account.purpose not in _COUNTED:
                continue
            counts = self._weight.get(account)
            if counts is None:
                counts = self._begin(account)
            if counts:
                before = self._last.get(account, 0)
                if kg != before:
                    self._last[account] = kg
                    self._free[account.city] = self._free.get(account.city, 0) + counts * (kg - before)
                    self.moved.add(account.city)

    def parcels(self, city: str, owner: str) -> list[Parcel]:
        """Where an owner of a home city ever had units, the oldest vintage first."""
        return self._parcels.get((city, owner), [])

    def surplus_lots(self, city: str) -> int:
        """What a city may send out, whole lots."""
        return max(0, self._free.get(city, 0)) // KG_PER_LOT

    def _begin(self, account: Account) -> int:
        if account.purpose is Purpose.AVAILABLE and is_batch(account.asset):
            name = parse_batch_id(account.asset)
            parcel = Parcel(name.vintage, account.asset, name.city, account, account.of(Purpose.RESERVED))
            insort(self._parcels.setdefault((account.city, account.owner), []), parcel)
        counts = self._weight[account] = weight(account)
        return counts
