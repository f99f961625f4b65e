"""Rows as somebody gives them, checked before they are rows: what is wrong is told, all of it, and nothing is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from carbonpolis.errors import BadInput, Fault
from carbonpolis.ledger.account import Account
from carbonpolis.ledger.columns import Columns
from carbonpolis.ledger.limits import LARGEST
from carbonpolis.ledger.rows import Rows
from carbonpolis.ledger.transfer import CODES, Why

LONGEST_KEY = 200  # characters, as the journal keeps keys
PLACE = "transfers"


def given_rows(
    keys: Sequence[str], debit: Sequence[Account], credit: Sequence[Account], amount: Sequence[int], why: Sequence[Why]
) -> Rows:
    """Rows of columns of equal length. amount: kilograms or cents.

    Raises BadInput with every row (counted from 1) that can't be a transfer: no key, nothing moved, an account that
    would pay itself, two assets, what is final taken back.
    """
    lengths = {"keys": len(keys), "debit": len(debit), "credit": len(credit), "amount": len(amount), "why": len(why)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {count}" for name, count in lengths.items())
        raise BadInput([Fault(PLACE, 0, "keys", told, "columns of equal length", "Give one of each for every row.")])
    faults = [*_wrong_keys(keys), *_wrong_amounts(amount), *_wrong_accounts(debit, credit)]
    if faults:
        raise BadInput(sorted(faults, key=lambda fault: fault.row), rows=len(keys))
    places: dict[Account, int] = {}
    pays = [places.setdefault(account, len(places)) for account in debit]
    gets = [places.setdefault(account, len(places)) for account in credit]
    columns = (pays, gets, amount, [CODES[each] for each in why])
    return Rows(tuple(keys), Columns(tuple(places), *(np.array(column, np.int64) for column in columns)))


def _wrong_keys(keys: Sequence[str]) -> Iterator[Fault]:
    for row, key in enumerate(keys, start=1):
        if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY:
            yield Fault(PLACE, row, "keys", str(key)[:40], f"a text of 1 to {LONGEST_KEY} characters")


def _wrong_amounts(amount: Sequence[int]) -> Iterator[Fault]:
    column = np.asarray(amount)
    if column.dtype.kind in "iu" and len(column) and column.min() > 0 and column.max() < LARGEST:
        return
    for row, each in enumerate(amount, start=1):
        if not isinstance(each, int | np.integer) or isinstance(each, bool) or not 0 < each < LARGEST:
            yield Fault(PLACE, row, "amount", str(each), "a whole number of kilograms or cents above 0 and below 2^62")


def _wrong_accounts(debit: Sequence[Account], credit: Sequence[Account]) -> Iterator[Fault]:
    for row, (pays, gets) in enumerate(zip(debit, credit, strict=True), start=1):
        if pays is gets:
            yield Fault(PLACE, row, "credit", str(gets), "another account than the one that pays")
        elif pays.asset != gets.asset:
            yield Fault(PLACE, row, "credit", str(gets), f"an account of {pays.asset}")
        elif pays.is_final:
            yield Fault(PLACE, row, "debit", str(pays), "an account that is not final: what is there never leaves")
