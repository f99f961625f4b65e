"""An account: whose, of what, for which purpose. One asset an account."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


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


class Account(NamedTuple):
    """One place in the ledger.

    city: code of the city whose books it stands in. owner: id of the party. asset: a batch such as
    "CP-US-MSP-000001-FOR-2020" (kilograms), "advance" (kilograms), "debt" (kilograms), "obligation/2020-03"
    (kilograms) or a currency such as "USD" (cents).
    """

    city: str
    owner: str
    asset: str
    purpose: Purpose

    @property
    def may_go_negative(self) -> bool:
        """True only where an asset enters the books: its balance is minus what exists of it."""
        return self.purpose in SOURCES

    @property
    def is_final(self) -> bool:
        """True where an asset ends: nothing retired or cancelled is ever moved again."""
        return self.purpose in FINAL

    def __str__(self) -> str:
        return f"{self.owner} in {self.city}, {self.asset} {self.purpose.value}"
