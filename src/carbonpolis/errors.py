"""The error family: each writes its own sentence from plain facts, and imports nothing.

CarbonpolisError                everything a caller may catch
  + BadInput                    faults: what is wrong in a person's file, all of it at once
  + Refused                     subject, reason: a rule says no; nothing was changed
  |   + IllegalMove             a lifecycle has no such step from here
  |   + InsufficientBalance     an account holds less than a transfer needs
  |   + LimitPassed             an account would hold less or more than its limits allow
  |   + OrderRejected           an order can't enter the book
  |   + OrderUnknown            no such order rests in the book
  |   + CreditExceeded          a draw passes a limit
  |   + KeyReused               an idempotency key stands for another command already
  + CommitFailed                problem: the journal could not be written; nothing of the command was kept
  + FolderProblem               folder, problem: the data folder can't be used as it is
  |   + FolderTooNew            written by a newer version
  |   + FolderInUse             another process is writing to it
  + PortInUse                   host, port, free: another program is listening there
  + Unknown                     kind, name: nothing here bears that name
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

FAULTS_SHOWN = 20
CHOICES_SHOWN, CHOICES_NEAR = 24, 5  # names that a message lists; of more, those that look most like what was given


class CarbonpolisError(Exception):
    """Everything that a caller may catch."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file: where it is, what was found, what was expected, what to do."""

    file: str
    row: int
    column: str
    found: str
    expected: str
    remedy: str = ""

    def __str__(self) -> str:
        where = self.file + (f" row {self.row}" if self.row else "")
        what = self.column if self.column.startswith("--") else f"column {self.column}"
        found = repr(self.found) if self.found or self.row else "nothing"
        return f"{where}, {what}: found {found}, expected {self.expected}. {self.remedy}".rstrip()


class BadInput(CarbonpolisError):
    """A person's file or argument is wrong; carries every fault, shows the first twenty."""

    def __init__(self, faults: Iterable[Fault], *, rows: int | None = None) -> None:
        self.faults = tuple(faults)
        shown = [str(fault) for fault in self.faults[:FAULTS_SHOWN]]
        if len(self.faults) > FAULTS_SHOWN:
            shown.append(f"... and {len(self.faults) - FAULTS_SHOWN} more.")
        count = f"{len(self.faults)} fault{'s' if len(self.faults) != 1 else ''}"
        within = f" in {rows} rows" if rows is not None else ""
        shown.append(f"{count}{within}; nothing was changed.")
        super().__init__("\n".join(shown))


class Refused(CarbonpolisError):
    """A rule says no to what was asked for; nothing was changed."""

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(f"{subject}: {reason}")
        self.subject, self.reason = subject, reason


class IllegalMove(Refused):
    """A lifecycle has no such step from this state, or not for this role."""

    def __init__(self, subject: str, verb: str, state: str, allowed: Iterable[str]) -> None:
        choices = ", ".join(allowed) or "nothing more"
        super().__init__(subject, f"can't {verb!r} while {state}; from here: {choices}.")


class InsufficientBalance(Refused):
    """An account holds less than a transfer needs."""

    def __init__(self, account: str, asked: int, held: int) -> None:
        super().__init__(account, f"a transfer needs {asked:,}, the account holds {held:,}; short by {asked - held:,}.")
        self.asked, self.held = asked, held


class LimitPassed(Refused):
    """An account would hold less or more than its limits allow."""


class OrderRejected(Refused):
    """An order can't enter the book."""


class OrderUnknown(Refused):
    """No such order rests in the book."""

    def __init__(self, order: object) -> None:
        super().__init__(f"order {order}", "rests in no book; it was filled, cancelled or never entered.")


class CreditExceeded(Refused):
    """A draw passes the emitter's line or the city's cap."""

    def __init__(self, emitter: str, asked_kg: int, left_kg: int) -> None:
        super().__init__(
            emitter,
            f"asked to draw {asked_kg / 1000:,.3f} t, but {left_kg / 1000:,.3f} t of its line is left. "
            "Repay a draw, pledge more collateral, or buy units.",
        )
        self.asked_kg, self.left_kg = asked_kg, left_kg


class KeyReused(Refused):
    """An idempotency key stands for another command already; nothing of this one was done.

    used_for: the command that it stands for; by, at: who gave it, and when (ISO 8601, UTC).
    """

    def __init__(self, key: str, command: str, used_for: str, by: str, at: str, *, detail: str = "") -> None:
        what = "another command" if command != used_for else "the same command with other content"
        super().__init__(
            f"key {key!r}",
            f"it was used at {at} by {by} for {used_for!r}{detail and f' ({detail})'}, and this is {what}"
            f"{'' if command == used_for else f', {command!r}'}. Nothing of it was done; give it a key of its own.",
        )
        self.key, self.command, self.used_for, self.by, self.at = key, command, used_for, by, at


class CommitFailed(CarbonpolisError):
    """The journal could not be written (a full disk, a lost database); nothing of the command was kept."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"the journal could not be written ({problem.strip()}); nothing of the command was kept. "
            "Mend that, then give the command again with the same key."
        )
        self.problem = problem


class FolderProblem(CarbonpolisError):
    """The data folder can't be used as it is."""

    def __init__(self, folder: str, problem: str) -> None:
        super().__init__(f"{folder}: {problem}")
        self.folder, self.problem = folder, problem


class FolderTooNew(FolderProblem):
    """The folder was written by a newer version of Carbonpolis."""

    def __init__(self, folder: str, found: str) -> None:
        super().__init__(
            folder,
            f"it was written by a newer version of Carbonpolis (its layout is {found!r}, unknown here). "
            "Install that version or a later one, or choose another folder. Nothing was changed.",
        )


class FolderInUse(FolderProblem):
    """Another process is writing to the folder."""

    def __init__(self, folder: str) -> None:
        super().__init__(
            folder, "another Carbonpolis process is writing to it. Wait for it or stop it, then try again."
        )


class PortInUse(CarbonpolisError):
    """Another program is listening on the port; names the next free one, or None when there is none nearby."""

    def __init__(self, host: str, port: int, free: int | None) -> None:
        remedy = f"The next free one is {free}: add --port {free}." if free is not None else "Choose another by --port."
        super().__init__(f"port {port} on {host} is in use by another program. {remedy}")
        self.host, self.port, self.free = host, port, free


class Unknown(CarbonpolisError):
    """Nothing here bears that name."""

    def __init__(self, kind: str, name: str, known: Iterable[str] = ()) -> None:
        names = list(known)
        told = f"; there are {', '.join(names)}." if names else "."
        if len(names) > CHOICES_SHOWN:
            near = get_close_matches(name, names, n=CHOICES_NEAR, cutoff=0.0)
            told = f"; there are {len(names):,}, the nearest {', '.join(near)}."
        super().__init__(f"no {kind} {name!r}" + told)
        self.kind, self.name = kind, name
