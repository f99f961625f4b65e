"""The one verb that moves everything, and the codes that say why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from carbonpolis.ledger.account import Account


class Why(Enum):
    """The reason of a transfer. Values and their order are stored: never rename or reorder, only append."""

    DEPOSIT = "deposit"  # money from a bank
    WITHDRAW = "withdraw"
    ISSUE = "issue"
    BUFFER = "buffer"
    RESERVE = "reserve"
    RELEASE = "release"  # a reservation given back
    DELIVER = "deliver"  # units, against payment
    PAY = "pay"
    FEE = "fee"
    TAX = "tax"
    CONGESTION = "congestion"
    OBLIGE = "oblige"
    COVER = "cover"
    RETIRE = "retire"
    DRAW = "draw"
    REPAY = "repay"
    SURCHARGE = "surcharge"
    CANCEL = "cancel"
    HOLD = "hold"  # buffer units blocked
    UNHOLD = "unhold"  # ... and free again
    REPLENISH = "replenish"  # a buffer filled up after a loss it paid for
    BUFFER_RELEASE = "buffer_release"  # buffer units returned after good performance
    REVERSAL = "reversal"  # stored carbon was lost: units cancelled for it
    COMPENSATE = "compensate"  # an owner's own units, cancelled for a loss that was avoidable
    EXPORT = "export"
    IMPORT = "import"
    LOCK = "lock"  # set aside for the other registry's answer
    UNLOCK = "unlock"
    ESCROW = "escrow"
    PLEDGE = "pledge"  # collateral given
    SEIZE = "seize"  # ... and taken at default
    GRANT = "grant"  # a credit line
    REVOKE = "revoke"
    CORRECT = "correct"  # the mirror of an entry that was wrong

    __hash__ = object.__hash__  # members are single objects; as in Purpose

    @property
    def code(self) -> int:
        """The number by which postings and proofs state the reason."""
        return CODES[self]


# Numbers are stored and hashed: never change one, only append.
CODES: dict[Why, int] = {why: number for number, why in enumerate(Why, start=1)}
BY_CODE: dict[int, Why] = {number: why for why, number in CODES.items()}


@dataclass(frozen=True, slots=True)
class Transfer:
    """Move `amount` (kilograms or cents, positive) from `debit` to `credit`. Same asset; never edited."""

    debit: Account
    credit: Account
    amount: int
    why: Why

    def __post_init__(self) -> None:
        assert self.amount > 0, f"a transfer of {self.amount} from {self.debit}"
        assert self.debit != self.credit, f"{self.debit} would pay itself"
        assert self.debit.asset == self.credit.asset, f"{self.debit.asset} can't become {self.credit.asset}"
        assert not self.debit.is_final, f"{self.debit} is final: what is there never leaves"
