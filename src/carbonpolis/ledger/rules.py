"""Posting a chain of transfers: all of it or nothing, nothing created, nothing lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carbonpolis.ledger.account import Account
from carbonpolis.ledger.transfer import Transfer

Balances = dict[Account, int]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The first account of a chain that holds less than its transfer needs."""

    account: Account
    asked: int
    held: int


def post(balances: Mapping[Account, int], chain: Iterable[Transfer]) -> Balances | Refusal:
    """The new balance of every account that the chain touches, or the first refusal.

    Transfers apply in order, so a later one may spend what an earlier one brought.
    """
    after: Balances = {}
    before = 0
    for transfer in chain:
        for account in (transfer.debit, transfer.credit):
            if account not in after:
                after[account] = balances.get(account, 0)
                before += after[account]
        held = after[transfer.debit]
        if held < transfer.amount and not transfer.debit.may_go_negative:
            return Refusal(transfer.debit, asked=transfer.amount, held=held)
        after[transfer.debit] = held - transfer.amount
        after[transfer.credit] += transfer.amount
    assert sum(after.values()) == before, "a transfer created or lost something"
    return after
