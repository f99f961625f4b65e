"""The market of a city: pure rules from orders and obligations to decisions."""

from __future__ import annotations

from carbonpolis.market.auction import Clearing, call_auction
from carbonpolis.market.coupling import Coupling, couple

__all__ = ["Clearing", "Coupling", "call_auction", "couple"]
