"""Posting a chain of transfers: all of it or nothing, nothing created, nothing lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carbonpolis.ledger.account import Account
from carbonpolis.ledger.limits import LARGEST, Limits, floor_of
from carbonpolis.ledger.transfer import Transfer

Balances = dict[Account, int]
_NO_LIMITS: Limits = {}


@dataclass(frozen=True, slots=True)
class Refusal:
    """The first account of a chain that would be moved past a limit: below its least (usually 0) or above its most.

    asked: the amount of the transfer. held: the balance before it. limit: the least or most that it would pass.
    """

    account: Account
    asked: int
    held: int
    limit: int = 0
    above: bool = False  # true when it would rise too high, false when it would fall too low

    def __str__(self) -> str:
        if self.above:
            return f"{self.account} receives {self.asked:,}, holds {self.held:,} and may hold at most {self.limit:,}"
        at_least = f" and has to keep {self.limit:,}" if self.limit else ""
        return f"{self.account} pays {self.asked:,} and holds {self.held:,}{at_least}"


def post(balances: Mapping[Account, int], chain: Iterable[Transfer], limits: Limits = _NO_LIMITS) -> Balances | Refusal:
    """The new balance of every account that the chain touches, or the first refusal.

    Transfers apply in order, so a later one may spend what an earlier one brought. `limits` narrow what single
    accounts may hold; without one, no account but an issuer's falls below zero.
    """
    after: Balances = {}
    before = 0
    for transfer in chain:
        debit, credit, amount = transfer.debit, transfer.credit, transfer.amount
        held = after.get(debit)
        if held is None:
            held = balances.get(debit, 0)
            before += held
        left = held - amount
        if left < 0 or limits:
            least = limits[debit].floor if debit in limits else 0 if left >= 0 else floor_of(debit)
            if left < least:
                return Refusal(debit, asked=amount, held=held, limit=least)
        after[debit] = left
        got = after.get(credit)
        if got is None:
            got = balances.get(credit, 0)
            before += got
        total = got + amount
        if total > LARGEST or limits:
            most = limits[credit].ceiling if credit in limits else LARGEST
            if total > most:
                return Refusal(credit, asked=amount, held=got, limit=most, above=True)
        after[credit] = total
    assert sum(after.values()) == before, "a transfer created or lost something"
    return after
