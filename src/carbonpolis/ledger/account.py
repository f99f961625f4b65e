"""An account: whose, of what, for which purpose. One asset an account."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum


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

    __slots__ = ("asset", "city", "is_final", "may_go_negative", "owner", "purpose")
    city: str
    owner: str
    asset: str
    purpose: Purpose
    may_go_negative: bool  # true only where an asset enters the books: its balance is minus what exists of it
    is_final: bool  # true where an asset ends: nothing retired or cancelled is ever moved again

    def __new__(cls, city: str, owner: str, asset: str, purpose: Purpose) -> Account:
        """The account of that name: the same object every time. It's never forgotten while the program runs."""
        name = (city, owner, asset, purpose)
        found = _KNOWN.get(name)
        if found is None:
            found = object.__new__(cls)
            known = (*name, purpose in SOURCES, purpose in FINAL)
            fields = ("city", "owner", "asset", "purpose", "may_go_negative", "is_final")
            for field, value in zip(fields, known, strict=True):
                object.__setattr__(found, field, value)
            found = _KNOWN.setdefault(name, found)  # two threads that name it at once get one
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


_KNOWN: dict[tuple[str, str, str, Purpose], Account] = {}


def account_named(name: Sequence[str]) -> Account:
    """The account of a stored name: city, owner, asset, purpose. Raises ValueError when it isn't one."""
    if len(name) != 4 or not all(isinstance(part, str) for part in name):
        raise ValueError(f"{name!r} does not name an account")
    city, owner, asset, purpose = name
    return Account(city, owner, asset, Purpose(purpose))
