"""The unit of work: key, load, decide, commit. The only place that knows what time it is.

Any number of threads may give commands. Each is decided in turn, on the state that those before it left; whoever comes
to commit first commits for everybody who waits, so that one flush to disk serves them all. A command is answered only
once it is durable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock, RLock
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from carbonpolis.errors import (
    CarbonpolisError,
    CommitFailed,
    FolderProblem,
    InsufficientBalance,
    LimitPassed,
    Refused,
)
from carbonpolis.ledger import Balances, Decision, Refusal, Rows, post_all, post_rows
from carbonpolis.ledger.checkpoint import Signed
from carbonpolis.ledger.journal import Draft
from carbonpolis.ledger.rows import Posted
from carbonpolis.platform.idempotency import check_same, content_of, reused_rows
from carbonpolis.platform.state import State as State
from carbonpolis.store.entities import decode, encode
from carbonpolis.store.journal import Answered, Journal
from carbonpolis.store.readings import Readings

Answer = dict[str, Any]


Decide = Callable[[State], Decision | tuple[Decision, Answer]]


@dataclass(frozen=True, slots=True)
class Command:
    """What `do` takes, as a value: for commands that arrive together."""

    key: str
    command: str
    who: str
    decide: Decide


Undo = Callable[[BaseException], None]


@dataclass(frozen=True, slots=True, eq=False)
class RowAnswers:
    """What became of rows: each was accepted, was seen before, or was refused for a reason.

    accepted, seen: an item a row. refused: by row, counted from 0.
    """

    accepted: npt.NDArray[np.bool_]
    seen: npt.NDArray[np.bool_]
    refused: dict[int, CarbonpolisError]


@dataclass(slots=True)
class _Batch:
    """Commands decided and not yet durable, in their order."""

    drafts: list[Draft] = field(default_factory=list)
    answers: dict[str, Answered] = field(default_factory=dict)
    changed: Balances = field(default_factory=dict)
    over: bool = False
    failure: BaseException | None = None


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


class Work:
    """Runs commands: each is decided on the state, then committed once, under its idempotency key.

    A command whose key was committed before is not run again: its first answer comes back, and where the key stands for
    something else, KeyReused is raised.
    """

    def __init__(
        self, journal: Journal, readings: Readings, *, writing: bool, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.journal, self.readings = journal, readings
        self._writing, self._clock = writing, clock
        self._turn, self._committing = RLock(), Lock()  # to decide; to write. Taken in the order committing, turn.
        self._open = _Batch()  # what the next commit will take
        self._written: _Batch | None = None  # what a commit is writing now
        self._group: _Batch | None = None  # what `together` gathers
        self._state: State | None = None

    @property
    def state(self) -> State:
        """What the journal says now, read when it's first asked for: an audit of broken tables never asks.

        Raises FolderProblem when the live tables can't be read.
        """
        state = self._state
        if state is None:
            with self._turn:
                state = self._state = self._state or self._load()
        return state

    def _load(self) -> State:
        try:
            things = (decode(line.kind, line.body) for line in self.journal.entities())
            return State(self.journal.balances(), things)
        except ValueError as problem:
            remedy = "`carbonpolis audit verify` tells where; restore a backup."
            raise FolderProblem("the folder", f"its tables were damaged: {problem}. {remedy}") from None

    @property
    def may_write(self) -> bool:
        """Whether commands may be given; without it the journal is only read, beside whoever writes."""
        return self._writing

    def keep_checkpoint(self, size: int, signed: Signed) -> None:
        """Store a signed checkpoint, between commits."""
        with self._committing:
            self.journal.keep_checkpoint(size, signed.body, signed.signature)

    def now(self) -> datetime:
        """The time now, in UTC."""
        return self._clock()

    def done(self, key: str) -> Answer | None:
        """The answer of the command that was committed under this key, if one was."""
        with self._turn:
            found = self._before(key)
        if found is None:
            return None
        answered, batch = found
        if batch is not None and batch is not self._group:
            self._durable(batch)
        return _answer(answered.answer)

    def do(self, key: str, command: str, who: str, decide: Decide, *, undo: Undo | None = None) -> Answer:
        """Decide and commit one command, durably before this returns (inside `together`: before that ends).

        undo: called with what was raised when the command came to nothing after `decide` began, before another command
        is decided: for who keeps more in memory than the state.

        Raises KeyReused where the key stands for something else; whatever refusal the rule raises; InsufficientBalance
        or LimitPassed where an account would pass its limits; CommitFailed when the journal can't be written. Nothing
        is changed then.
        """
        with self._turn:
            text, batch = self._decide(key, command, who, decide, undo=undo)
            if batch is self._group:
                batch = None
        if batch is not None:
            self._durable(batch)
        return _answer(text)

    def do_all(self, commands: Iterable[Command]) -> list[Answer | CarbonpolisError]:
        """Commands that arrived together: decided in order, committed together; each with its answer or its refusal.

        Unlike `together`, a refusal is that command's own and stops none of the others.
        """
        commands = list(commands)
        outcomes: list[str | CarbonpolisError] = []
        waiting: list[_Batch] = []
        with self._turn:
            known, at = self.journal.answers([each.key for each in commands]), self._clock().isoformat()
            for each in commands:
                try:
                    text, batch = self._decide(each.key, each.command, each.who, each.decide, known, at)
                except CarbonpolisError as refusal:
                    outcomes.append(refusal)
                    continue
                outcomes.append(text)
                if batch is not None and batch is not self._group and batch not in waiting:
                    waiting.append(batch)
        for batch in waiting:
            self._durable(batch)
        return [_answer(each) if isinstance(each, str) else each for each in outcomes]

    def do_rows(self, rows: Rows, command: str, who: str) -> RowAnswers:
        """Transfers that arrived together, each a command of its own: applied in order, committed in one entry.

        A row that would move an account past its limits is refused and stops none of the others, and so is one whose
        key stands for something else; one that was done before is not done again. Durable when this returns (inside
        `together`: when that ends). Raises CommitFailed when the journal can't be written; then nothing is changed.
        """
        if not self._writing:
            raise Refused(command, "the folder is open for reading only.")
        with self._turn:
            state = self.state
            seen, waiting, used = self._used(rows.keys)
            posted = post_rows(state.balances, rows, seen, state.limits)
            reused = self._reused(rows, posted, used, command) if posted.seen.any() else {}
            done = rows.only(posted.accepted)
            if len(done):
                batch = self._open if self._group is None else self._group
                at = self._clock().isoformat()
                batch.drafts.append(Draft(done.keys[0], at, command, who, "{}", (), (), done.moved, done.keys))
                batch.answers.update(dict.fromkeys(done.keys, Answered("{}", command, who, at, row=True)))
                batch.changed.update(posted.after)
                state.post(posted.after)
                waiting.append(batch)
            waiting = [batch for batch in waiting if batch is not self._group]
        for batch in waiting:
            self._durable(batch)
        seen_before = posted.seen
        if reused:
            seen_before = posted.seen.copy()
            seen_before[list(reused)] = False
        refused: dict[int, CarbonpolisError] = {row: _refused(each) for row, each in posted.refusals.items()}
        return RowAnswers(posted.accepted, seen_before, refused | reused)

    def _used(self, keys: Sequence[str]) -> tuple[npt.NDArray[np.bool_], list[_Batch], dict[str, Answered]]:
        """Which of the keys were used before, the batches that still have to become durable for them, and for what."""
        used = self.journal.answers(keys)
        waiting = []
        for batch in (self._group, self._open, self._written):
            if batch is not None and batch.answers and (there := batch.answers.keys() & set(keys)):
                used |= {key: batch.answers[key] for key in there}
                waiting.append(batch)
        if not used:
            return np.zeros(len(keys), np.bool_), waiting, used
        return np.array([key in used for key in keys], np.bool_), waiting, used

    def _reused(
        self, rows: Rows, posted: Posted, used: dict[str, Answered], command: str
    ) -> dict[int, CarbonpolisError]:
        """Of the rows whose key was used, those that are another command than the one it was used for."""
        again = np.flatnonzero(posted.seen).tolist()
        moved = self.journal.rows_of([key for key in {rows.keys[row] for row in again} if key in used])
        for batch in (self._group, self._open, self._written):
            for draft in batch.drafts if batch is not None else ():
                for line, key in enumerate(draft.keys):
                    if key in used:
                        moved.setdefault(key, draft.columns.transfer(line))
        return reused_rows(rows, posted, used, moved, command, self._clock().isoformat())

    @contextmanager
    def together(self) -> Iterator[None]:
        """Commands given inside are applied in order and committed together: all of them, or none.

        Other threads' commands wait until the group ends.
        """
        with self._committing, self._turn:
            assert self._group is None, "groups don't nest"
            # Others may wait for their commit: it comes first, so that giving up the group touches only the group.
            self._write(self._take())
            self._group = batch = _Batch()
            try:
                yield
            except BaseException:
                if batch.drafts:
                    self._state = self._load()
                raise
            finally:
                self._group = None
            self._written = batch
            self._write(batch)
        if batch.failure is not None:
            raise batch.failure

    @contextmanager
    def reading(self) -> Iterator[State]:
        """The state, kept still while a thread beside the writer walks through it."""
        with self._turn:
            yield self.state

    def close(self) -> None:
        """Wait for a commit that is under way, and give the journal back."""
        with self._committing, self._turn:
            self.journal.close()

    def _decide(
        self,
        key: str,
        command: str,
        who: str,
        decide: Decide,
        known: dict[str, Answered] | None = None,
        at: str = "",
        undo: Undo | None = None,
    ) -> tuple[str, _Batch | None]:
        """Decide a command and leave it for the next commit: its answer, and the batch to wait for.

        known: what the journal says about this and other keys, where it was asked before. at: when commands arrived
        that arrived together; now without it.
        """
        if not self._writing:
            raise Refused(command, "the folder is open for reading only.")
        before = self._before(key, known)
        if before is not None:
            check_same(key, command, who, before[0])
            return before[0].answer, before[1]
        state = self.state
        try:
            outcome = decide(state)
            decision, answer = outcome if isinstance(outcome, tuple) else (outcome, {})
            after = post_all(state.balances, decision.transfers, decision.columns, state.limits)
            if isinstance(after, Refusal):
                raise _refused(after)
            events = tuple([encode(event) for event in decision.events])
            text = msgspec.json.encode(answer).decode() if answer else "{}"
        except BaseException as problem:
            if undo is not None:
                undo(problem)
            raise
        batch = self._open if self._group is None else self._group
        at = at or self._clock().isoformat()
        content = content_of(key)
        batch.drafts.append(
            Draft(str(key), at, command, who, text, decision.transfers, events, decision.columns, content=content)
        )
        batch.answers[str(key)] = Answered(text, command, who, at, content)
        if batch.changed:
            batch.changed.update(after)
        else:
            batch.changed = after
        state.post(after)
        for event in decision.events:
            state.put(event)
        return text, batch

    def _before(self, key: str, known: dict[str, Answered] | None = None) -> tuple[Answered, _Batch | None] | None:
        """What a key was used for before, and the batch that still has to become durable for it."""
        for batch in (self._group, self._open, self._written):
            if batch is not None and key in batch.answers:
                return batch.answers[key], batch
        stored = self.journal.answer(str(key)) if known is None else known.get(key)
        return None if stored is None else (stored, None)

    def _durable(self, batch: _Batch) -> None:
        """Return once the batch is on disk: by writing it, with all that waits, unless another thread has."""
        with self._committing:
            if not batch.over:
                self._write(self._take())
        if batch.failure is not None:
            raise batch.failure

    def _take(self) -> _Batch:
        """What was decided so far, no longer open to more."""
        with self._turn:
            self._written, self._open = self._open, _Batch()
            return self._written

    def _write(self, batch: _Batch) -> None:
        """Commit a batch. When that fails, it and what was decided on top of it never happened."""
        try:
            if batch.drafts:
                self.journal.append(batch.drafts, batch.changed)
        except BaseException as problem:
            with self._turn:
                batch.failure = self._forget(batch, problem)
        finally:
            with self._turn:
                batch.over, self._written = True, None
        if batch.failure is not None and not isinstance(batch.failure, Exception):
            raise batch.failure  # an interrupt is the program's, not only the command's

    def _forget(self, batch: _Batch, problem: BaseException) -> BaseException | None:
        """Go back to what the journal says. None when it says that the batch was committed all the same."""
        try:
            self._state = self._load()
            kept = batch.drafts[-1].key in self.journal.answers([batch.drafts[-1].key])
        except Exception as unreadable:
            self._writing, kept = False, False
            problem = CommitFailed(f"{problem}; and it could not be read again: {unreadable}")
        if kept and isinstance(problem, Exception):
            return None
        self._open.over, self._open.failure, self._open = True, problem, _Batch()
        return problem


def _refused(refusal: Refusal) -> CarbonpolisError:
    if refusal.above or refusal.limit:
        return LimitPassed(str(refusal.account), str(refusal))
    return InsufficientBalance(str(refusal.account), refusal.asked, refusal.held)


def _answer(text: str) -> Answer:
    answer: Answer = msgspec.json.decode(text)
    return answer
