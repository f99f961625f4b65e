"""Posting transfers in columns: the rules of `post`, in one compiled pass over arrays.

A pass applies the transfers in their order, as `post` does one by one, to what each account holds. So a later transfer
may spend what an earlier one brought, and the first that would move an account past its limits is the one refused.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, cast

import numpy as np

from carbonpolis.ledger.account import REGISTER, Account
from carbonpolis.ledger.columns import NOTHING, Columns, Integers
from carbonpolis.ledger.limits import LARGEST, Limits
from carbonpolis.ledger.rules import Balances, Refusal, post
from carbonpolis.ledger.transfer import Transfer
from carbonpolis.native import native

_NO_LIMITS: Limits = {}
ACCEPTED, SHORT, ABOVE, SEEN = range(4)  # what became of a row


@native
def _apply(debit: Any, credit: Any, amount: Any, held: Any, floor: Any, ceiling: Any) -> int:
    """Move every amount in `held`; the leg (twice the row, one more for its credit) that may not be, or -1."""
    for row in range(len(debit)):
        pays, gets, moved = debit[row], credit[row], amount[row]
        if held[pays] - moved < floor[pays]:
            return 2 * row
        held[pays] -= moved
        if held[gets] + moved > ceiling[gets]:
            return 2 * row + 1
        held[gets] += moved
    return -1


@native
def apply_each(
    debit: Any,
    credit: Any,
    amount: Any,
    held: Any,
    floor: Any,
    ceiling: Any,
    key: Any,
    used: Any,
    outcome: Any,
    had: Any,
) -> None:
    """Move in `held` every amount that may be moved, and tell in `outcome` what became of each row.

    key: number of the row's key. used: by key, whether it was used before; afterwards those of accepted rows are too.
    had: what the account held that a row would have moved past its limit.
    """
    for row in range(len(debit)):
        if used[key[row]]:
            outcome[row] = SEEN
            continue
        pays, gets, moved = debit[row], credit[row], amount[row]
        if held[pays] - moved < floor[pays]:
            outcome[row], had[row] = SHORT, held[pays]
        elif held[gets] + moved > ceiling[gets]:
            outcome[row], had[row] = ABOVE, held[gets]
        else:
            held[pays] -= moved
            held[gets] += moved
            used[key[row]] = True
            outcome[row] = ACCEPTED


@dataclass(frozen=True, slots=True, eq=False)
class AccountBounds:
    """What the accounts of some columns hold, and may hold: an item for each, right for those that are touched."""

    touched: Integers
    accounts: Sequence[Account]  # the touched ones
    held: Integers
    floor: Integers
    ceiling: Integers

    @classmethod
    def of(cls, balances: Mapping[Account, int], columns: Columns, limits: Limits) -> AccountBounds:
        """The accounts of the columns, as `balances` and `limits` have them."""
        touched, count = columns.touched, len(columns.accounts)
        accounts = columns.named(touched)
        held, ceiling = np.zeros(count, np.int64), np.full(count, LARGEST, np.int64)
        held[touched] = list(map(balances.get, accounts, repeat(0)))
        floor = np.where(REGISTER.may_go_negative[columns.index], -LARGEST, 0)
        if limits:
            places = dict(zip(accounts, touched.tolist(), strict=True))
            for account in limits.keys() & places.keys():
                place, limit = places[account], limits[account]
                floor[place], ceiling[place] = limit.floor, limit.ceiling
        return cls(touched, accounts, held, floor, ceiling)

    def balances(self) -> Balances:
        """What the touched accounts hold now."""
        return dict(zip(self.accounts, self.held[self.touched].tolist(), strict=True))


def post_columns(balances: Mapping[Account, int], columns: Columns, limits: Limits = _NO_LIMITS) -> Balances | Refusal:
    """`post` over columns: the new balance of every account that they touch, or the first refusal."""
    if not len(columns):
        return {}
    if int(columns.amount.max()) >= LARGEST:  # a sum could leave 64 bits; nothing real is that large
        return post(balances, columns, limits)
    bounds = AccountBounds.of(balances, columns, limits)
    before = int(bounds.held.sum())
    leg = _apply(columns.debit, columns.credit, columns.amount, bounds.held, bounds.floor, bounds.ceiling)
    if leg >= 0:
        row, above = divmod(leg, 2)
        place = int((columns.credit if above else columns.debit)[row])
        return Refusal(
            columns.accounts[place],
            asked=int(columns.amount[row]),
            held=int(bounds.held[place]),
            limit=int((bounds.ceiling if above else bounds.floor)[place]),
            above=bool(above),
        )
    assert int(bounds.held.sum()) == before, "a transfer created or lost something"
    return bounds.balances()


def post_all(
    balances: Mapping[Account, int], transfers: Sequence[Transfer], columns: Columns, limits: Limits = _NO_LIMITS
) -> Balances | Refusal:
    """Transfers, then columns, as one chain: the balances that they leave, or the first refusal."""
    if columns is NOTHING or not len(columns):
        return post(balances, transfers, limits)
    if not transfers:
        return post_columns(balances, columns, limits)
    first = post(balances, transfers, limits)
    if isinstance(first, Refusal):
        return first
    then = post_columns(ChainMap(first, cast(Balances, balances)), columns, limits)
    return then if isinstance(then, Refusal) else first | then
