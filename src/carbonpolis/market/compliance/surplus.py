"""What a city may send out: units of its own less the uncovered obligations of its own emitters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from carbonpolis.ledger import Account, Purpose
from carbonpolis.market.compliance.obligation import PREFIX
from carbonpolis.registry.units import is_batch, origin

_OFFERED = frozenset({Purpose.AVAILABLE, Purpose.RESERVED})


def surpluses(balances: Mapping[Account, int]) -> dict[str, int]:
    """What every city may send out, kg: units that originate in it and lie, available or behind an open order, with its
    own accounts, less the uncovered obligations of its own emitters; 0 or more. A city with neither is not in it.
    """
    free: Counter[str] = Counter()
    for account, kg in balances.items():
        counts = weight(account)
        if counts:
            free[account.city] += counts * kg
    return {city: max(0, kg) for city, kg in free.items()}


def weight(account: Account) -> int:
    """How a kilogram in an account counts in its city's surplus: 1 if it may be sent, -1 if it is owed, else 0."""
    if account.purpose in _OFFERED and is_batch(account.asset):
        return 1 if origin(account.asset) == account.city else 0
    return -1 if account.purpose is Purpose.DUE and account.asset.startswith(PREFIX) else 0


def surplus(balances: Mapping[Account, int], city: str) -> int:
    """`surpluses` of one city, kg."""
    return surpluses(balances).get(city, 0)
