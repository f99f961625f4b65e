"""The balance of a city in three parts, and the surplus it may send out: both read straight from the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from carbonpolis.ledger import Account, Purpose
from carbonpolis.market.compliance.obligation import PREFIX

_PARTS = {Purpose.COVERED: 0, Purpose.ON_CREDIT: 1, Purpose.DUE: 2}


@dataclass(frozen=True, slots=True)
class Balance:
    """Obliged emissions in kilograms and what became of them; the parts sum to the whole by construction."""

    covered_kg: int
    on_credit_kg: int
    uncovered_kg: int

    @property
    def emissions_kg(self) -> int:
        """All that fell due."""
        return self.covered_kg + self.on_credit_kg + self.uncovered_kg

    def __add__(self, other: Balance) -> Balance:
        return Balance(
            self.covered_kg + other.covered_kg,
            self.on_credit_kg + other.on_credit_kg,
            self.uncovered_kg + other.uncovered_kg,
        )


def balance(balances: Mapping[Account, int], city: str | None = None, *, period: str = "") -> Balance:
    """The balance of one city or of all. period: "2020-03", or "2020" for a year; all periods without it."""
    parts = balances_by_city(balances, period=period)
    if city is not None:
        return parts.get(city, Balance(0, 0, 0))
    return sum(parts.values(), start=Balance(0, 0, 0))


def balances_by_city(balances: Mapping[Account, int], *, period: str = "") -> dict[str, Balance]:
    """Every city's balance in one pass; a city without obligations is not in it."""
    return {city: Balance(*parts) for city, parts in _sums(balances, period, lambda account: account.city).items()}


def balances_by_emitter(balances: Mapping[Account, int], *, period: str = "") -> dict[str, Balance]:
    """Every emitter's balance in one pass."""
    return {owner: Balance(*parts) for owner, parts in _sums(balances, period, lambda account: account.owner).items()}


def _sums(balances: Mapping[Account, int], period: str, of: Callable[[Account], str]) -> dict[str, list[int]]:
    sums: dict[str, list[int]] = {}
    for account, kg in balances.items():
        if account.asset.startswith(PREFIX + period) and account.purpose in _PARTS:
            sums.setdefault(of(account), [0, 0, 0])[_PARTS[account.purpose]] += kg
    return sums
