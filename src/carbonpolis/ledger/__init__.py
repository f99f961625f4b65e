"""The ledger: accounts, transfers between them, and the journal that proves them. Pure; the store keeps it."""

from __future__ import annotations

from carbonpolis.ledger.account import Account, Purpose
from carbonpolis.ledger.decision import Decision, Event
from carbonpolis.ledger.rules import Balances, Refusal, post
from carbonpolis.ledger.transfer import Transfer, Why

__all__ = ["Account", "Balances", "Decision", "Event", "Purpose", "Refusal", "Transfer", "Why", "post"]
