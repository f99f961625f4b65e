"""An account statement: what an owner held, what moved, and what it holds, kilogram by kilogram and cent by cent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from carbonpolis.ledger.account import Account
from carbonpolis.ledger.rules import Balances
from carbonpolis.ledger.transfer import Transfer


@dataclass(frozen=True, slots=True)
class Move:
    """A transfer with where it stands. entry: number; at: UTC moment as ISO 8601 text; command: what was done."""

    entry: int
    at: str
    command: str
    transfer: Transfer


@dataclass(frozen=True, slots=True)
class Line:
    """One movement in one of the owner's accounts. amount: kilograms or cents, below zero where they left it.

    other: whose account was on the other side, "" where it was the owner's own (then `other_purpose` tells which).
    balance: of this account afterwards.
    """

    entry: int
    at: str
    command: str
    why: str
    asset: str
    purpose: str
    amount: int
    other: str
    other_purpose: str
    balance: int


@dataclass(frozen=True, slots=True)
class Statement:
    """An owner's accounts over a time. opening, closing: what each held, zero left out."""

    owner: str
    since: str
    until: str
    opening: tuple[tuple[Account, int], ...]
    lines: tuple[Line, ...]
    closing: tuple[tuple[Account, int], ...]


def statement(owner: str, moves: Iterable[Move], *, since: str = "", until: str = "") -> Statement:
    """The statement of an owner from all its moves, oldest first.

    since, until: moments or days as ISO 8601 text, both included; "" leaves a side open. A day has all its
    moments. A move between two accounts of the owner is a line in each.
    """
    held: Balances = {}
    opening: Balances | None = None
    lines: list[Line] = []
    for move in moves:
        if until and move.at[: len(until)] > until:
            break
        shown = not since or move.at[: len(since)] >= since
        if shown and opening is None:
            opening = dict(held)
        transfer = move.transfer
        for account, other, amount in (
            (transfer.debit, transfer.credit, -transfer.amount),
            (transfer.credit, transfer.debit, transfer.amount),
        ):
            if account.owner != owner:
                continue
            held[account] = held.get(account, 0) + amount
            if shown:
                whose = "" if other.owner == owner else other.owner
                lines.append(
                    Line(
                        move.entry, move.at, move.command, transfer.why.value, account.asset, account.purpose.value,
                        amount, whose, other.purpose.value, held[account],
                    )
                )  # fmt: skip
    begun = held if opening is None else opening
    return Statement(owner, since, until, _listed(begun), tuple(lines), _listed(held))


def _listed(held: Balances) -> tuple[tuple[Account, int], ...]:
    return tuple(
        sorted(((account, amount) for account, amount in held.items() if amount), key=lambda each: each[0].name)
    )
