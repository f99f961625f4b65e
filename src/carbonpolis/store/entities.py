"""Things to rows and back: the kinds of event that a journal may hold, each stored as JSON under a fixed name."""

from __future__ import annotations

from typing import Any

import msgspec

from carbonpolis.ledger import Account, Correction, Event, Limit, Reservation
from carbonpolis.ledger.account import account_named
from carbonpolis.ledger.journal import EventLine
from carbonpolis.ledger.limits import LIMIT_KIND
from carbonpolis.market.auction.market_year import MarketYear, MonthClose
from carbonpolis.market.compliance.covering import StandingOrder
from carbonpolis.market.compliance.obligation import Obligation
from carbonpolis.market.credit.collateral import MarginCall
from carbonpolis.market.credit.draws import CreditLine, Draw
from carbonpolis.market.floor.blotter import Blotter
from carbonpolis.market.floor.trading_day import BookState, DayClose, TradingDay
from carbonpolis.market.offbook.block import BlockTrade
from carbonpolis.market.offbook.forward import Forward
from carbonpolis.market.order import Order, Trade
from carbonpolis.market.surveillance.detectors import Case
from carbonpolis.market.venue.admission import TraderCheck
from carbonpolis.market.venue.kept import KeptVenue
from carbonpolis.registry.buffer import BufferEntry
from carbonpolis.registry.document import Document
from carbonpolis.registry.harvest import HarvestPlan
from carbonpolis.registry.issuance import Issuance
from carbonpolis.registry.linkage import Adjustment, Transit
from carbonpolis.registry.party import City, Party
from carbonpolis.registry.planned import Planned
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.retirement import Cancellation, Retirement
from carbonpolis.registry.reversal import LossEvent
from carbonpolis.registry.risk import RiskAssessment
from carbonpolis.registry.units import Batch
from carbonpolis.registry.verification import MonitoringReport, Opinion
from carbonpolis.store.readings import FileLoad, ReadingsPart

# Names are stored: never rename one, only add.
KINDS: dict[str, type[Any]] = {
    "city": City,
    "party": Party,
    "project": SinkProject,
    "monitoring_report": MonitoringReport,
    "opinion": Opinion,
    "batch": Batch,
    "retirement": Retirement,
    "order": Order,
    "trade": Trade,
    "obligation": Obligation,
    "credit_line": CreditLine,
    "draw": Draw,
    "market_year": MarketYear,
    "month_close": MonthClose,
    "readings_part": ReadingsPart,
    "file_load": FileLoad,
    "block_trade": BlockTrade,
    "forward": Forward,
    "margin_call": MarginCall,
    "standing_order": StandingOrder,
    "surveillance_case": Case,
    "document": Document,
    "risk_assessment": RiskAssessment,
    "issuance": Issuance,
    "harvest_plan": HarvestPlan,
    "buffer_entry": BufferEntry,
    "loss_event": LossEvent,
    "cancellation": Cancellation,
    "transit": Transit,
    "adjustment": Adjustment,
    "reservation": Reservation,
    "correction": Correction,
    LIMIT_KIND: Limit,
    "blotter": Blotter,
    "trading_day": TradingDay,
    "book_state": BookState,
    "day_close": DayClose,
    "trader_check": TraderCheck,
    "planned": Planned,
    "venue": KeptVenue,
}
_NAMES = {kind: name for name, kind in KINDS.items()}


def _names(value: Any) -> Any:
    if isinstance(value, Account):
        return value.name
    if isinstance(value, str):  # an idempotency key that became an id, without what it carries
        return str(value)
    raise NotImplementedError(f"a {type(value).__name__} can't be stored")


def _accounts(kind: type[Any], value: Any) -> Any:
    if kind is Account:
        return account_named(value)
    raise NotImplementedError(f"a {kind.__name__} can't be read")


_encode = msgspec.json.Encoder(enc_hook=_names).encode


def kind_of(kind: type[Any]) -> str:
    """The stored name of a kind of thing."""
    return _NAMES[kind]


def encode(event: Event) -> EventLine:
    """An event as the journal stores it."""
    return EventLine(event.city, kind_of(type(event)), str(event.id), _encode(event).decode())


def decode(kind: str, body: str) -> Any:
    """A stored event as the thing it was. Raises ValueError when the body does not fit its kind."""
    try:
        return msgspec.json.decode(body, type=KINDS[kind], dec_hook=_accounts)
    except (KeyError, msgspec.ValidationError, msgspec.DecodeError) as problem:
        raise ValueError(f"a stored {kind} can't be read: {problem}") from None
