"""The desks that a person's files are taken in at."""

from __future__ import annotations

from dataclasses import dataclass

from carbonpolis.platform.market.auction_orders import Orders
from carbonpolis.platform.measure.readings import ReadingsDesk
from carbonpolis.platform.parties import Parties
from carbonpolis.platform.registry.projects import Projects
from carbonpolis.platform.work import State, Work


@dataclass(frozen=True, slots=True)
class Desks:
    """What the kinds of file look things up in and give their rows to."""

    work: Work
    people: Parties
    projects: Projects
    readings: ReadingsDesk
    orders: Orders

    @property
    def state(self) -> State:
        """What is there before a file."""
        return self.work.state
