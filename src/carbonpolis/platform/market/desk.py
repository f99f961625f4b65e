"""What every desk of the market has: the unit of work, and the one venue whose rules it goes by."""

from __future__ import annotations

from carbonpolis.market.venue.settings import Venue
from carbonpolis.platform.work import Work


class MarketDesk:
    """A desk of the market."""

    def __init__(self, work: Work) -> None:
        self._work = work

    @property
    def venue(self) -> Venue:
        """The rules that every desk goes by: those that the folder keeps, the default's where it keeps none."""
        return self._work.state.venue
