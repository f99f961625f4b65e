"""Who may trade at any desk: a suspended or closed party deals nowhere."""

from __future__ import annotations

from carbonpolis.errors import OrderRejected
from carbonpolis.market.venue.admission import Check, TraderCheck
from carbonpolis.platform.state import State


def must_be_active(state: State, *owners: str) -> None:
    """Raise OrderRejected naming the first party that is not active. One that was never checked apart is."""
    for owner in owners:
        found = state.find(TraderCheck, owner)
        if found is not None and found.check is not Check.ACTIVE:
            raise OrderRejected("a deal", f"the account of {owner} is {found.check}; only an active one trades.")
