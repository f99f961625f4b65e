"""Platform: opens the stores and hands out the desks. No rule and no SQL here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType

from filelock import FileLock

from carbonpolis.errors import CarbonpolisError
from carbonpolis.market.venue.settings import Venue
from carbonpolis.platform.audit.auditor import Audit
from carbonpolis.platform.audit.bookkeeping import Ledger
from carbonpolis.platform.evaluate.scores import Scores
from carbonpolis.platform.folder import check, take
from carbonpolis.platform.intake.loading import Loading
from carbonpolis.platform.market.auction_orders import Orders
from carbonpolis.platform.market.blocks import Blocks
from carbonpolis.platform.market.continuous import Trading
from carbonpolis.platform.market.credit import Credit
from carbonpolis.platform.market.feed import MarketFeed
from carbonpolis.platform.market.forwards import Forwards
from carbonpolis.platform.market.obligations import Obligations
from carbonpolis.platform.market.repayments import Repayments
from carbonpolis.platform.market.session import MarketDay
from carbonpolis.platform.market.surveillance import Surveillance
from carbonpolis.platform.market.venue import Venues
from carbonpolis.platform.market_year import Years
from carbonpolis.platform.measure.readings import ReadingsDesk
from carbonpolis.platform.parties import Parties
from carbonpolis.platform.registry.projects import Projects
from carbonpolis.platform.reports import Reports
from carbonpolis.platform.work import Work, utc_now
from carbonpolis.store.database import open_postgres, open_sqlite, shown_url
from carbonpolis.store.journal import Journal
from carbonpolis.store.keys import Keys
from carbonpolis.store.readings import Readings

FILES = "carbonpolis-data"


class Platform:
    """The open platform; use it as a context manager.

    with Platform.open("carbonpolis-data") as p:
        p.orders.place(city="US-MSP", owner="E-1", side="buy", lots=5, price=3150, key="a1")
    """

    def __init__(self, work: Work, keys: Keys, lock: FileLock | None) -> None:
        self._work, self._lock = work, lock
        self.venues = Venues(work)
        self.parties = self.people = Parties(work)  # by both names
        self.readings = ReadingsDesk(work)
        self.projects = Projects(work, self.readings)
        self.orders = Orders(work)
        self.trading = Trading(work)
        self.obligations = Obligations(work)
        self.credit = Credit(work)
        self.repayments = Repayments(work)
        self.blocks = Blocks(work)
        self.forwards = Forwards(work)
        self.surveillance = Surveillance(work)
        self.feed = MarketFeed(work)
        self.day = MarketDay(work, self.orders, self.obligations)
        self.loading = Loading(work, self.parties, self.projects, self.readings, self.orders)
        self.years = Years(
            work,
            loading=self.loading,
            people=self.parties,
            projects=self.projects,
            readings=self.readings,
            day=self.day,
            obligations=self.obligations,
            credit=self.credit,
            repayments=self.repayments,
            forwards=self.forwards,
        )
        self.scores = Scores(work, self.readings, self.projects, self.years)
        self.reports = Reports(work, self.scores, self.projects)
        self.audit = Audit(work, keys)
        self.ledger = Ledger(work)

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        create: bool = True,
        writing: bool = True,
        clock: Callable[[], datetime] = utc_now,
        files: str | Path = FILES,
        venue: Venue | None = None,
    ) -> Platform:
        """Open the data folder, or a database such as "postgresql://user@host/name", its schema brought up to date.

        create: make the folder when it is not there. writing: take the one writer lock; without it the platform only
        reads, beside whoever writes. files: with a database, the folder of what a database doesn't hold (the readings,
        the signing key). venue: the market's rules, kept in a folder that has none yet; without it those it keeps, or
        the default's. Raises FolderProblem, FolderTooNew or FolderInUse, Refused for other rules than the folder's;
        then nothing was changed.
        """
        lock = work = None
        try:
            if "://" in str(folder):
                path = Path(files)
                journal = Journal(*open_postgres(str(folder), migrate=writing))
            else:
                path = Path(folder)
                check(path, create=create and writing)
                lock = take(path) if writing else None
                journal = Journal(open_sqlite(path, migrate=writing))
            work = Work(journal, Readings(path / "readings"), writing=writing, clock=clock)
            platform = cls(work, Keys(path), lock)
            if venue is not None:
                platform.venues.agree(venue, shown_url(str(folder)) if "://" in str(folder) else str(folder))
        except BaseException:
            if work:
                work.close()
            if lock:
                lock.release()
            raise
        return platform

    def together(self) -> AbstractContextManager[None]:
        """Commands given inside are applied in order and committed together: all of them, or none."""
        return self._work.together()

    def close(self) -> None:
        """Sign a checkpoint of what was written, and give the stores and the lock back."""
        try:
            if self._work.may_write:
                with suppress(CarbonpolisError):  # an empty journal, a full disk: the next one covers it
                    self.audit.checkpoint()
        finally:
            self._work.close()
            if self._lock:
                self._lock.release()

    def __enter__(self) -> Platform:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
