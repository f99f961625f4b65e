"""Transfers in columns: what a rule moves by the thousand, without an object for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from carbonpolis.ledger.account import REGISTER, Account
from carbonpolis.ledger.transfer import BY_CODE, CODES, Transfer

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Transfers that post in their order, one item each in all four arrays.

    accounts: each account once, in any order. debit, credit: places in `accounts`. amount: kilograms or cents, above 0.
    why: code of the reason (`Why.code`).

    Made of them: touched, the places of the accounts that a transfer names, ascending; index, by place, where the
    account stands in the REGISTER, right for those that are touched.
    """

    accounts: tuple[Account, ...]
    debit: Integers
    credit: Integers
    amount: Integers
    why: Integers
    touched: Integers = field(init=False)
    index: Integers = field(init=False)

    def __post_init__(self) -> None:
        for name in ("debit", "credit", "amount", "why"):  # one layout, so that compiled passes are compiled once
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), np.int64))
        assert len(self.debit) == len(self.credit) == len(self.amount) == len(self.why), "columns of unequal length"
        used = np.zeros(len(self.accounts), np.bool_)
        if len(self.debit):
            last = len(self.accounts) - 1
            for places in (self.debit, self.credit):
                assert places.min() >= 0 and places.max() <= last, "a transfer names an account that is not there"
            used[self.debit] = used[self.credit] = True
        touched, index = np.flatnonzero(used), np.zeros(len(self.accounts), np.int64)
        among = [account.index for account in self.named(touched)]
        index[touched] = among
        object.__setattr__(self, "touched", touched)
        object.__setattr__(self, "index", index)
        if not len(self.debit):
            return
        assert len(set(among)) == len(among), "an account stands twice among the accounts"
        assert self.amount.min() > 0, "a transfer of nothing or less"
        assert (self.debit != self.credit).all(), "an account would pay itself"
        pays = index[self.debit]
        assert (REGISTER.asset[pays] == REGISTER.asset[index[self.credit]]).all(), "an asset can't become another"
        assert not REGISTER.is_final[pays].any(), "what is final never leaves"

    def named(self, places: Integers) -> list[Account]:
        """The accounts of those places."""
        if len(places) == len(self.accounts):
            return list(self.accounts)
        return [self.accounts[place] for place in places.tolist()]

    def __len__(self) -> int:
        return len(self.debit)

    def __iter__(self) -> Iterator[Transfer]:
        accounts = self.accounts
        for debit, credit, amount, why in zip(
            self.debit.tolist(), self.credit.tolist(), self.amount.tolist(), self.why.tolist(), strict=True
        ):
            yield Transfer(accounts[debit], accounts[credit], amount, BY_CODE[why])

    def transfer(self, line: int) -> Transfer:
        """One of the transfers, counted from 0."""
        debit, credit = self.accounts[int(self.debit[line])], self.accounts[int(self.credit[line])]
        return Transfer(debit, credit, int(self.amount[line]), BY_CODE[int(self.why[line])])

    @classmethod
    def of(cls, transfers: Iterable[Transfer]) -> Columns:
        """The same transfers in columns."""
        places: dict[Account, int] = {}
        flat: list[int] = []
        for each in transfers:
            debit = places.setdefault(each.debit, len(places))
            credit = places.setdefault(each.credit, len(places))
            flat += (debit, credit, each.amount, CODES[each.why])
        columns = np.array(flat, np.int64).reshape(-1, 4).T
        return cls(tuple(places), *(np.ascontiguousarray(column) for column in columns))


NOTHING = Columns((), *(np.zeros(0, np.int64) for _ in range(4)))
