"""An account: whose, of what, for which purpose. One asset an account."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt


class Purpose(Enum):
    """What lies in an account is meant for. Values are stored: never rename one."""

    ISSUER = "issuer"  # where units, advance units, debts and obligations come into being
    OUTSIDE = "outside"  # where money comes from and goes to: the banks
    AVAILABLE = "available"
    RESERVED = "reserved"  # behind an open order
    BUFFER = "buffer"  # the pool against reversals
    BUFFER_HELD = "buffer_held"  # of the pool, what a loss or a late verification has blocked
    ESCROW = "escrow"  # paid or delivered ahead, until the other side has done its part
    COLLATERAL = "collateral"
    RETIRED = "retired"
    CANCELLED = "cancelled"
    EXPORTED = "exported"  # lives on in another registry, under that registry's serials
    DUE = "due"  # an obligation not covered yet
    COVERED = "covered"
    ON_CREDIT = "on_credit"
    OWED = "owed"  # tonnes drawn on credit and to be repaid
    FEES = "fees"
    FUND = "fund"  # a city's climate fund
    CREDIT = "credit"  # of a credit line, what is granted and not drawn yet

    # Members are single objects, so their identity is their hash; the ledger looks accounts up by the million.
    __hash__ = object.__hash__


SOURCES = frozenset({Purpose.ISSUER, Purpose.OUTSIDE})
FINAL = frozenset({Purpose.RETIRED, Purpose.CANCELLED})  # what came here never leaves


class Account:
    """One place in the ledger. Equal accounts are one and the same object, so that looking one up costs little.

    city: code of the city whose books it stands in. owner: id of the party. asset: a batch such as
    "CP-US-MSP-000001-FOR-2020" (kilograms), "advance" (kilograms), "debt" (kilograms), "obligation/2020-03"
    (kilograms) or a currency such as "USD" (cents).
    """

    __slots__ = ("asset", "city", "index", "is_final", "may_go_negative", "owner", "purpose")
    city: str
    owner: str
    asset: str
    purpose: Purpose
    may_go_negative: bool  # true only where an asset enters the books: its balance is minus what exists of it
    is_final: bool  # true where an asset ends: nothing retired or cancelled is ever moved again
    index: int  # its place in this process's REGISTER; another one in every process, never stored

    def __new__(cls, city: str, owner: str, asset: str, purpose: Purpose) -> Account:
        """The account of that name: the same object every time. It's never forgotten while the program runs."""
        name = (city, owner, asset, purpose)
        found = _KNOWN.get(name)
        if found is None:
            with REGISTER.lock:  # two threads that name it at once get one
                found = _KNOWN.get(name)
                if found is None:
                    found = object.__new__(cls)
                    known = (*name, purpose in SOURCES, purpose in FINAL)
                    fields = ("city", "owner", "asset", "purpose", "may_go_negative", "is_final")
                    for field, value in zip(fields, known, strict=True):
                        object.__setattr__(found, field, value)
                    object.__setattr__(found, "index", REGISTER.enter(city, asset, known[4], known[5]))
                    _KNOWN[name] = found
        return found

    @property
    def name(self) -> tuple[str, str, str, str]:
        """City, owner, asset and purpose as stored."""
        return (self.city, self.owner, self.asset, self.purpose.value)

    def of(self, purpose: Purpose) -> Account:
        """The same owner's account of the same asset for another purpose."""
        return Account(self.city, self.owner, self.asset, purpose)

    def __setattr__(self, field: str, value: object) -> None:
        raise AttributeError(f"an account can't be changed ({field} = {value!r})")

    def __delattr__(self, field: str) -> None:
        raise AttributeError(f"an account can't be changed ({field})")

    def __reduce__(self) -> tuple[type[Account], tuple[str, str, str, Purpose]]:
        return (Account, (self.city, self.owner, self.asset, self.purpose))

    def __copy__(self) -> Account:
        return self

    def __deepcopy__(self, _: object) -> Account:
        return self

    def __repr__(self) -> str:
        return f"Account({self.city!r}, {self.owner!r}, {self.asset!r}, {self.purpose})"

    def __str__(self) -> str:
        return f"{self.owner} in {self.city}, {self.asset} {self.purpose.value}"


FIRST_ROOM = 1024


class Register:
    """What every account that this process has named is like, as arrays: an item an account, by its index.

    So what a thousand transfers need to know of their accounts is gathered at once and not asked one by one. Only items
    of accounts that exist mean anything; there is always room for those. city, asset: numbers of this process.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self._count = 0
        self._numbers: dict[str, int] = {}
        self.city, self.asset = np.zeros(FIRST_ROOM, np.int64), np.zeros(FIRST_ROOM, np.int64)
        self.may_go_negative, self.is_final = np.zeros(FIRST_ROOM, np.bool_), np.zeros(FIRST_ROOM, np.bool_)

    def enter(self, city: str, asset: str, may_go_negative: bool, is_final: bool) -> int:
        """The index of one account more; the lock is held."""
        index = self._count
        if index == len(self.city):
            self._make_room(2 * index)
        self._count += 1
        self.city[index], self.asset[index] = self.number(city), self.number(asset)
        self.may_go_negative[index], self.is_final[index] = may_go_negative, is_final
        return index

    def number(self, text: str) -> int:
        """The number that stands for a text here."""
        return self._numbers.setdefault(text, len(self._numbers))

    def _make_room(self, size: int) -> None:
        def longer(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
            grown = np.zeros(size, column.dtype)
            grown[: self._count] = column[: self._count]
            return grown

        self.city, self.asset = longer(self.city), longer(self.asset)
        self.may_go_negative, self.is_final = longer(self.may_go_negative), longer(self.is_final)


REGISTER = Register()
_KNOWN: dict[tuple[str, str, str, Purpose], Account] = {}


def account_named(name: Sequence[str]) -> Account:
    """The account of a stored name: city, owner, asset, purpose. Raises ValueError when it isn't one."""
    if len(name) != 4 or not all(isinstance(part, str) for part in name):
        raise ValueError(f"{name!r} does not name an account")
    city, owner, asset, purpose = name
    return Account(city, owner, asset, Purpose(purpose))
