"""The venue desk: the one set of rules that every desk of the market goes by, and keeping it in the folder."""

from __future__ import annotations

from carbonpolis.errors import Refused
from carbonpolis.ledger import Decision
from carbonpolis.market.auction.market_year import MarketYear, MonthClose
from carbonpolis.market.compliance.covering import StandingOrder
from carbonpolis.market.credit.draws import Draw
from carbonpolis.market.floor.trading_day import BookState, DayClose
from carbonpolis.market.offbook.block import BlockTrade
from carbonpolis.market.offbook.forward import Forward
from carbonpolis.market.order import Order
from carbonpolis.market.venue.kept import ONE, KeptVenue, change
from carbonpolis.market.venue.rows import differences, same
from carbonpolis.market.venue.settings import Venue
from carbonpolis.platform.idempotency import desk
from carbonpolis.platform.parties import EVERYWHERE
from carbonpolis.platform.work import Answer, State, Work


@desk
class Venues:
    """Tells the venue's rules and changes them; what was changed stands in the journal."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def now(self) -> Venue:
        """The rules in force: those that the folder keeps, the default's where none were set."""
        return self._work.state.venue

    def kept(self) -> bool:
        """Whether the folder keeps rules of its own."""
        return self._work.state.find(KeptVenue, ONE) is not None

    def change(self, venue: Venue, *, key: str = "") -> Answer:
        """Set the rules, or change them; every desk goes by them from then on. Answers the currency.

        key: without one, where the journal stands.
        Raises Refused for a rule that can't be so; while orders, blocks, forwards, draws, standing orders or a market
        year are open, which were decided by the rules as they are; and for another currency once money is in the books.
        """

        def decide(state: State) -> tuple[Decision, Answer]:
            decision = change(state.venue, venue, resting=_resting(state), has_money=_has_money(state), city=EVERYWHERE)
            return decision, {"currency": venue.currency}

        return self._work.do(key or f"venue/{self._work.journal.head().seq}", "set venue", "operator", decide)

    def agree(self, venue: Venue, folder: str) -> None:
        """Go by this venue where the folder is new to one, and make sure of it where it is not.

        Raises Refused when the folder goes by other rules, or is open for reading only and keeps none.
        """
        if same(venue, self.now()):
            return
        if self.kept() or _has_money(self._work.state) or any(_resting(self._work.state).values()):
            other = "; ".join(differences(venue, self.now()))
            remedy = "Open it without venue=, and change its rules with p.venues.change or `carbonpolis venue --set`."
            raise Refused(folder, f"its venue has other rules ({other}). {remedy}")
        self.change(venue)


def _resting(state: State) -> dict[str, int]:
    """What is open and was decided by the venue's rules, by its name."""
    return {
        "open orders": sum(bool(order.open_lots) for order in state.all(Order)),
        "block trades to be confirmed": sum(block.state == "proposed" for block in state.all(BlockTrade)),
        "open forward contracts": sum(forward.state == "open" for forward in state.all(Forward)),
        "draws that are owed": sum(not draw.over for draw in state.all(Draw)),
        "standing orders": sum(order.state == "on" for order in state.all(StandingOrder)),
        "open market years": sum(year.state == "open" for year in state.all(MarketYear)),
    }


def _has_money(state: State) -> bool:
    """Whether money or a price was ever recorded."""
    if any(state.count(kind) for kind in (MonthClose, DayClose, BookState)):
        return True
    return any(amount and account.asset == state.venue.currency for account, amount in state.balances.items())
