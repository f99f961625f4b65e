"""The hall where tonnes and facts meet: opens the stores, hands out desks, commits what the rules decide."""

from __future__ import annotations

from carbonpolis.platform.open import Platform

__all__ = ["Platform"]
