"""The rules of posting over columns: a million postings checked at once, as `post` checks them one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from carbonpolis.ledger.account import Account
from carbonpolis.ledger.columns import Integers
from carbonpolis.ledger.limits import LARGEST, Limit, floor_of
from carbonpolis.ledger.rules import Balances
from carbonpolis.ledger.transfer import BY_CODE

Wrong = tuple[int, str]  # number of the entry, what is wrong with it

_KNOWN_CODES = np.array(sorted(BY_CODE), dtype=np.int64)


class ReplayedBalances:
    """Accounts by number (1 is the first) with what each holds, as arrays."""

    def __init__(self) -> None:
        self.accounts: list[Account] = []
        self._held = self._since = self._asset = self._floor = np.zeros(0, np.int64)
        self._final = np.zeros(0, np.bool_)
        self._assets: dict[str, int] = {}
        self._since_list: list[int] = []
        self._limits: dict[Account, list[tuple[int, Limit]]] = {}  # (number of the last posting it does not bind)

    def open(self, account: Account, seq: int) -> None:
        """Number the next account, opened by entry `seq`."""
        self.accounts.append(account)
        self._since_list.append(seq)

    def limit(self, limit: Limit, upto: int) -> None:
        """Bind an account from the posting after number `upto` on."""
        self._limits.setdefault(limit.account, []).append((upto, limit))

    def balances(self) -> Balances:
        """Every balance that is not zero."""
        self._grow()
        return {account: held for account, held in zip(self.accounts, self._held.tolist(), strict=True) if held}

    def check(
        self, debit: Integers, credit: Integers, amount: Integers, why: Integers, seqs: Integers, first: int
    ) -> Wrong | None:
        """Post columns of transfers in order; the first thing wrong with them, if there is one.

        debit, credit: account numbers. seqs: entry of each. first: postings before these.
        """
        self._grow()
        if not len(debit):
            return None
        known = len(self.accounts)
        named = (debit >= 1) & (debit <= known) & (credit >= 1) & (credit <= known)
        if not named.all():
            return int(seqs[np.argmin(named)]), "a transfer names an account that was never opened"
        debit, credit = debit - 1, credit - 1
        rules = (
            (np.maximum(self._since[debit], self._since[credit]) <= seqs, "uses an account before it is opened"),
            (amount > 0, "does not move a positive amount"),
            (debit != credit, "pays the account that it takes from"),
            (self._asset[debit] == self._asset[credit], "turns one asset into another"),
            (~self._final[debit], "takes back what was retired or cancelled"),
            (np.isin(why, _KNOWN_CODES), "has a reason that the ledger does not know"),
        )
        for holds, what in rules:
            if not holds.all():
                return int(seqs[np.argmin(holds)]), f"a transfer of it {what}"
        return self._post(debit, credit, amount, seqs, first)

    def _grow(self) -> None:
        new: Sequence[Account] = self.accounts[len(self._held) :]
        if not new:
            return
        asset = [self._assets.setdefault(account.asset, len(self._assets)) for account in new]
        self._since = np.array(self._since_list, np.int64)
        self._held = np.append(self._held, np.zeros(len(new), np.int64))
        self._asset = np.append(self._asset, np.array(asset, np.int64))
        self._floor = np.append(self._floor, np.array([floor_of(account) for account in new], np.int64))
        self._final = np.append(self._final, np.array([account.is_final for account in new], np.bool_))

    def _post(self, debit: Integers, credit: Integers, amount: Integers, seqs: Integers, first: int) -> Wrong | None:
        """Every account's balance after each leg that touches it, in order; none may pass its limits."""
        legs = np.empty(2 * len(debit), np.int64)
        legs[0::2], legs[1::2] = debit, credit
        moved = np.empty_like(legs)
        moved[0::2], moved[1::2] = -amount, amount
        # Numbers below 2**16 are sorted by radix, six times as fast.
        order = np.argsort(legs.astype(np.uint16) if len(self.accounts) <= 2**16 else legs, kind="stable")
        account, moved = legs[order], moved[order]
        running = np.cumsum(moved)
        starts = np.flatnonzero(np.r_[True, account[1:] != account[:-1]])
        ends = np.r_[starts[1:], len(account)]
        before = np.r_[0, running[starts[1:] - 1]]
        running += np.repeat(self._held[account[starts]] - before, ends - starts)
        past = (running < self._floor[account]) | (running > LARGEST)
        if past.any():
            at = int(np.flatnonzero(past)[np.argmin(order[past])])
            return int(seqs[order[at] // 2]), self._passed(int(account[at]), int(moved[at]), int(running[at]))
        if self._limits:
            places = {self.accounts[number]: span for number, *span in zip(account[starts], starts, ends, strict=True)}
            for limited in self._limits.keys() & places.keys():
                span = slice(*places[limited])
                wrong = self._past_limit(limited, order[span] // 2, moved[span], running[span], first)
                if wrong:
                    return int(seqs[wrong[0]]), wrong[1]
        self._held[account[starts]] = running[ends - 1]
        return None

    def _past_limit(
        self, account: Account, posting: Integers, moved: Integers, after: Integers, first: int
    ) -> Wrong | None:
        limits = self._limits[account]
        for at, delta, held in zip(posting.tolist(), moved.tolist(), after.tolist(), strict=True):
            binding = [limit for upto, limit in limits if upto <= first + at]
            if not binding:
                continue
            limit = binding[-1]
            if (delta < 0 and held < limit.floor) or (delta > 0 and held > limit.ceiling):
                bound = limit.floor if delta < 0 else limit.ceiling
                return at, f"{account} passes its limit of {bound:,} to {held:,}"
        return None

    def _passed(self, number: int, moved: int, after: int) -> str:
        account = self.accounts[number]
        if moved < 0:
            return f"{account} pays {-moved:,} and holds {after - moved:,}"
        return f"{account} receives {moved:,} and would hold {after:,}, more than the ledger can count"
