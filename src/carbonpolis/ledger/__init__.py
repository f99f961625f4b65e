"""The ledger: accounts, transfers between them, and the journal that proves them. Pure; the store keeps it."""

from __future__ import annotations

from carbonpolis.ledger.account import Account, Purpose
from carbonpolis.ledger.columns import Columns
from carbonpolis.ledger.correction import Correction, reverse
from carbonpolis.ledger.decision import Decision, Event
from carbonpolis.ledger.limits import Limit, Limits
from carbonpolis.ledger.posting import post_all, post_columns
from carbonpolis.ledger.reservation import Reservation, expire, post_reserved, release, reserve
from carbonpolis.ledger.rows import Posted, Rows, post_rows
from carbonpolis.ledger.rules import Balances, Refusal, post
from carbonpolis.ledger.transfer import Transfer, Why

__all__ = [
    "Account",
    "Balances",
    "Columns",
    "Correction",
    "Decision",
    "Event",
    "Limit",
    "Limits",
    "Posted",
    "Purpose",
    "Refusal",
    "Reservation",
    "Rows",
    "Transfer",
    "Why",
    "expire",
    "post",
    "post_all",
    "post_columns",
    "post_reserved",
    "post_rows",
    "release",
    "reserve",
    "reverse",
]
