"""Limits of an account: the least and the most it may hold, from the entry that records them on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from carbonpolis.ledger.account import Account, account_named

LIMIT_KIND = "limit"  # the name under which limits are stored; a replay needs it to apply them where they stand
LARGEST = 2**62  # of any balance, kg or cents: below it no sum of two can leave 64 bits


@dataclass(frozen=True, slots=True)
class Limit:
    """What an account may hold. It binds movements away from the range, so an account outside it can still return.

    least, most: kilograms or cents, both included; None leaves a side open. Where an asset enters the books `least` is
    negative: -5_000 lets an issuer bring at most 5,000 kg into being. Elsewhere 0 is the least there is.
    reason: who set it and why.
    """

    account: Account
    reason: str
    least: int | None = None
    most: int | None = None

    def __post_init__(self) -> None:
        if self.least is not None and self.least < 0 and not self.account.may_go_negative:
            raise ValueError(f"{self.account} can't have a limit below zero ({self.least:,})")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"limits of {self.account}: at least {self.least:,} and at most {self.most:,}")

    @property
    def city(self) -> str:
        """The city of the account."""
        return self.account.city

    @property
    def id(self) -> str:
        """One account has one limit; a newer one takes the place of the older."""
        return "/".join((self.account.owner, self.account.asset, self.account.purpose.value))

    @property
    def floor(self) -> int:
        """The least, or what is the least without a limit."""
        return max(self.least, -LARGEST) if self.least is not None else floor_of(self.account)

    @property
    def ceiling(self) -> int:
        """The most, or what is the most without a limit."""
        return min(self.most, LARGEST) if self.most is not None else LARGEST


Limits = Mapping[Account, Limit]


def floor_of(account: Account) -> int:
    """The least that an account may hold where nobody set a limit: nothing, or anything where assets enter."""
    return -LARGEST if account.may_go_negative else 0


def read_limit(body: str) -> Limit:
    """A limit from its stored JSON. Raises ValueError when it isn't one."""
    try:
        stored = json.loads(body)
        account = account_named(stored["account"])
        return Limit(account, stored["reason"], stored.get("least"), stored.get("most"))
    except (KeyError, TypeError, ValueError) as problem:
        raise ValueError(f"a stored limit can't be read: {problem}") from None
