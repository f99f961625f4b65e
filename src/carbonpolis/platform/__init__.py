"""The hall where tonnes and facts meet: opens the stores, hands out desks, commits what the rules decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carbonpolis.platform.open import Platform
else:

    def __getattr__(name: str) -> object:
        # A desk or a template by itself opens no store.
        if name == "Platform":
            from carbonpolis.platform.open import Platform

            return Platform
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Platform"]
