"""Transfers in columns: what a rule moves by the thousand, without an object for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carbonpolis.ledger.account import Account
from carbonpolis.ledger.transfer import BY_CODE, CODES, Transfer

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Transfers that post in their order, one item each in all four arrays.

    accounts: each account once, in any order. debit, credit: places in `accounts`. amount: kilograms or cents, above 0.
    why: code of the reason (`Why.code`).
    """

    accounts: tuple[Account, ...]
    debit: Integers
    credit: Integers
    amount: Integers
    why: Integers

    def __post_init__(self) -> None:
        assert len(self.debit) == len(self.credit) == len(self.amount) == len(self.why), "columns of unequal length"
        if not len(self.debit):
            return
        places = np.concatenate([self.debit, self.credit])
        named = (places >= 0) & (places < len(self.accounts))
        assert named.all(), "a transfer names an account that is not there"
        assert self.amount.min() > 0, "a transfer of nothing or less"
        assert (self.debit != self.credit).all(), "an account would pay itself"
        asset: dict[str, int] = {}
        of = np.array([asset.setdefault(account.asset, len(asset)) for account in self.accounts], np.int64)
        assert (of[self.debit] == of[self.credit]).all(), "an asset can't become another"
        final = np.array([account.is_final for account in self.accounts], np.bool_)
        assert not final[self.debit].any(), "what is final never leaves"

    def __len__(self) -> int:
        return len(self.debit)

    def __iter__(self) -> Iterator[Transfer]:
        accounts = self.accounts
        for debit, credit, amount, why in zip(
            self.debit.tolist(), self.credit.tolist(), self.amount.tolist(), self.why.tolist(), strict=True
        ):
            yield Transfer(accounts[debit], accounts[credit], amount, BY_CODE[why])

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
