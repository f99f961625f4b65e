"""The venue that a folder keeps: set once, and changed only where nothing that is open rests on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carbonpolis.errors import Refused
from carbonpolis.ledger.decision import Decision
from carbonpolis.market.venue.rows import as_rows, misfits, venue_from
from carbonpolis.market.venue.settings import Venue

ONE = "venue"  # its id: a folder has one


@dataclass(frozen=True, slots=True)
class KeptVenue:
    """The rules of a folder's venue, as rows of rule and value; what they leave out is as it stands by default."""

    id: str
    city: str
    rules: dict[str, str]

    def venue(self) -> Venue:
        """The venue itself. Raises ValueError where a row does not fit its rule."""
        return venue_from(self.rules)


def change(now: Venue, new: Venue, *, resting: Mapping[str, int], has_money: bool, city: str) -> Decision:
    """Set the venue, or change its rules.

    resting: what is open, by its name, and how many; each was decided, and holds money, by the rules as they are.
    has_money: whether money or a price was ever recorded. city: in whose books the change is recorded. Raises Refused
    for a rule that can't be so, while anything rests on the rules as they are, and for another currency than that of
    the money in the books.
    """
    wrong = misfits(as_rows(new))
    if wrong:
        told = "; ".join(f"{each.rule} is {each.found!r}, expected {each.expected}" for each in wrong)
        raise Refused(ONE, f"{told}.")
    if has_money and new.currency != now.currency:
        remedy = "A market in another currency needs a folder of its own."
        raise Refused(
            ONE, f"its books hold money and prices in {now.currency}, which can't become {new.currency}. {remedy}"
        )
    open_now = [f"{count:,} {name}" for name, count in resting.items() if count]
    if open_now:
        remedy = "Its rules can be changed when they are over."
        raise Refused(ONE, f"{', '.join(open_now)} rest on its rules as they are. {remedy}")
    return Decision(events=(KeptVenue(ONE, city, as_rows(new)),))
