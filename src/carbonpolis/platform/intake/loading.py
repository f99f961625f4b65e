"""Loading a person's files: checked whole, then recorded whole; the same file twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

from carbonpolis.errors import BadInput, Fault
from carbonpolis.ledger import Decision
from carbonpolis.platform.intake.columns import Cells, parse
from carbonpolis.platform.intake.decimals import with_points
from carbonpolis.platform.intake.desks import Desks
from carbonpolis.platform.intake.files import no_rows, read_rows
from carbonpolis.platform.intake.kinds.table import Kind, kind_named
from carbonpolis.platform.intake.plausible import told
from carbonpolis.platform.intake.rows import RowRefused
from carbonpolis.platform.market.auction_orders import Orders
from carbonpolis.platform.measure.readings import EVERYWHERE, ReadingsDesk
from carbonpolis.platform.parties import Parties
from carbonpolis.platform.registry.projects import Projects
from carbonpolis.platform.work import Work
from carbonpolis.registry.party import City
from carbonpolis.store.readings import FileLoad

_BEGUN, _LOADED = "sample/begun", "sample/loaded"
SAMPLE_KINDS = ("cities", "accounts", "projects", "activities", "readings")


class Loading:
    """Takes files of every kind in."""

    def __init__(self, work: Work, people: Parties, projects: Projects, readings: ReadingsDesk, orders: Orders) -> None:
        self._work = work
        self.desks = Desks(work, people, projects, readings, orders)

    def is_empty(self) -> bool:
        """True when no city was ever loaded."""
        return not self._work.state.all(City)

    def sample_begun(self) -> bool:
        """True when loading the sample was begun and interrupted."""
        return self._work.done(_BEGUN) is not None and self._work.done(_LOADED) is None

    def sample(self, tell: Callable[[str, int, int], None] = lambda what, done, of: None) -> None:
        """Load the packaged sample, kind by kind; each goes in whole, so an interrupted load goes on where it was."""
        self._work.do(_BEGUN, "load sample", "operator", lambda _: Decision())
        for done, kind in enumerate(SAMPLE_KINDS, start=1):
            with as_file(files("carbonpolis.data").joinpath(f"sample/{kind}.csv")) as path:
                self.load(kind, path)
            tell("Loading the sample", done, len(SAMPLE_KINDS))
        self._work.do(_LOADED, "load sample", "operator", lambda _: Decision())

    def load(self, kind: str, path: Path) -> str:
        """Load one file and say what was taken in. Raises BadInput with every fault; then nothing was changed."""
        wanted = kind_named(kind)
        rows, unclear = with_points(read_rows(path, bare=True), wanted.columns)
        if unclear:
            raise BadInput(unclear, rows=len(rows.rows))
        cells, faults = parse(wanted.columns, rows.header, rows.rows, rows.file, f"`carbonpolis template {kind}`")
        if not rows.rows:
            raise BadInput([*faults, no_rows(rows.file, rows.header)])
        last = self._work.state.find(FileLoad, kind)
        if last is not None and last.sha256 == rows.sha256:
            return f"{rows.file}: was loaded before; nothing changed."
        faults = sorted([*faults, *wanted.rules.check(self.desks, cells, path)], key=lambda fault: fault.row)
        if faults:
            raise BadInput(faults, rows=len(rows.rows))
        # The number lets a file come back after another one replaced what it said.
        number = 1 if last is None else last.number + 1
        notes = wanted.rules.odd(self.desks, cells)  # beside what was there before these rows
        count = self._take(wanted, cells, rows.file, FileLoad(kind, EVERYWHERE, rows.sha256, number))
        return f"{rows.file}: {count}.{told(notes)}"

    def _take(self, kind: Kind, cells: list[Cells], file: str, load: FileLoad) -> str:
        """Take checked rows in, whole: what a rule still refuses is told with its row, and nothing is kept."""
        key = f"load/{load.id}/{load.number}/{load.sha256}"
        try:
            with self._work.together():
                count = kind.rules.take(self.desks, cells, key)
                self._work.do(f"{key}/done", f"load {load.id}", "operator", lambda _: Decision(events=(load,)))
        except (RowRefused, ValueError) as problem:
            row = problem.row if isinstance(problem, RowRefused) else 0
            raise BadInput(
                [Fault(file, row, "row", "what the rules refuse", "what they allow", str(problem))]
            ) from None
        return count
