"""What may be done with tonnes that are no certified units yet: one kind is retired only, the other traded only.

Advance units (credit) may be retired and never traded; ex-ante units (forwards) may be traded and never retired. Were
both allowed for one unit, a promise could be sold and used up at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from carbonpolis.errors import Refused
from carbonpolis.ledger import Account, Purpose, Transfer
from carbonpolis.ledger.columns import Integers
from carbonpolis.market.credit.draws import ADVANCE
from carbonpolis.market.offbook.forward import is_ex_ante

_USED = frozenset({Purpose.RETIRED, Purpose.COVERED})
_OFFERED = frozenset({Purpose.RESERVED, Purpose.COLLATERAL, Purpose.ESCROW})


def breaches(transfers: Iterable[Transfer]) -> list[Transfer]:
    """The transfers that take a freedom which their asset does not have; none in a sound journal."""
    return [transfer for transfer in transfers if breach(transfer.debit, transfer.credit)]


def breach(debit: Account, credit: Account) -> str:
    """What freedom a transfer from one account to the other would take that its asset does not have, in words."""
    if _traded_advance(debit, credit):
        return f"advance units are used and never traded, but went from {debit} to {credit}"
    if _used_ex_ante(debit, credit):
        return f"ex-ante units are traded and never used, but went from {debit} to {credit}"
    return ""


def check_uses(subject: str, moves: Iterable[tuple[Account, Account]]) -> None:
    """Raise Refused for the first move between two accounts that takes a freedom which its asset does not have."""
    for debit, credit in moves:
        if why_not := breach(debit, credit):
            raise Refused(subject, f"{why_not}.")


class UseAudit:
    """Looks for breaches in columns of transfers, over accounts that are numbered once and for all.

    Only units of these two kinds are looked at, and each pair of accounts once, so that money and certified units cost
    a look-up each.
    """

    def __init__(self) -> None:
        self._restricted = np.zeros(0, np.bool_)

    def first(self, accounts: Sequence[Account], debit: Integers, credit: Integers) -> tuple[int, str] | None:
        """The first row of columns that is a breach, counted from 0, and what it is. None where none is.

        accounts: all so far, more of them at each call. debit, credit: places in them, counted from 0.
        """
        new = accounts[len(self._restricted) :]
        if new:
            fresh = np.fromiter((_is_restricted(account.asset) for account in new), np.bool_, len(new))
            self._restricted = np.concatenate([self._restricted, fresh])
        if not self._restricted.any():
            return None
        rows = np.flatnonzero(self._restricted[debit])
        pairs = debit[rows] * len(accounts) + credit[rows]
        told = {
            pair: breach(*(accounts[place] for place in divmod(pair, len(accounts))))
            for pair in np.unique(pairs).tolist()
        }
        wrong = np.flatnonzero(np.isin(pairs, [pair for pair, why in told.items() if why]))
        return (int(rows[wrong[0]]), told[int(pairs[wrong[0]])]) if len(wrong) else None


def _is_restricted(asset: str) -> bool:
    return asset == ADVANCE or is_ex_ante(asset)


def _traded_advance(debit: Account, credit: Account) -> bool:
    if debit.asset != ADVANCE:
        return False
    issued = debit.purpose is Purpose.ISSUER
    return credit.purpose in _OFFERED or (not issued and credit.owner != debit.owner)


def _used_ex_ante(debit: Account, credit: Account) -> bool:
    return is_ex_ante(debit.asset) and credit.purpose in _USED
