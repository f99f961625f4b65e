"""Carbonpolis: a city's way to carbon neutrality as one system."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carbonpolis.platform import Platform
else:

    def __getattr__(name: str) -> object:
        # The platform brings both stores and every desk: who only asks for the version doesn't wait for them.
        if name == "Platform":
            from carbonpolis.platform import Platform

            return Platform
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Platform"]
