"""The unit of work: key, load, decide, commit. The only place that knows what time it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from carbonpolis.errors import FolderProblem, InsufficientBalance, Refused, Unknown
from carbonpolis.ledger import Balances, Decision, Event, Refusal, post
from carbonpolis.ledger.journal import Draft
from carbonpolis.store.entities import decode, encode, kind_of
from carbonpolis.store.journal import Journal
from carbonpolis.store.readings import Readings

Thing = TypeVar("Thing")
Answer = dict[str, Any]


class State:
    """What the journal says now: balances and things. Read by everybody, changed only by the unit of work."""

    def __init__(self, balances: Balances, things: dict[str, dict[str, Any]]) -> None:
        self.balances = balances
        self._things = things

    def all(self, kind: type[Thing]) -> list[Thing]:
        """Every thing of a kind, in the order of first recording."""
        return list(self._things.get(kind_of(kind), {}).values())

    def find(self, kind: type[Thing], name: str) -> Thing | None:
        """The thing of that id, if there is one."""
        found: Thing | None = self._things.get(kind_of(kind), {}).get(name)
        return found

    def get(self, kind: type[Thing], name: str) -> Thing:
        """The thing of that id. Raises Unknown naming the first few there are."""
        found = self.find(kind, name)
        if found is None:
            raise Unknown(kind_of(kind).replace("_", " "), name, list(self._things.get(kind_of(kind), {}))[:8])
        return found

    def put(self, thing: Event) -> None:
        """Keep a thing as its newest event left it."""
        self._things.setdefault(kind_of(type(thing)), {})[thing.id] = thing


Decide = Callable[[State], Decision | tuple[Decision, Answer]]


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


class Work:
    """Runs commands: each is decided on the state, then committed once, under its idempotency key.

    A command whose key was committed before is not run again: its first answer comes back.
    """

    def __init__(
        self, journal: Journal, readings: Readings, *, writing: bool, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.journal, self.readings = journal, readings
        self._writing, self._clock = writing, clock
        self._drafts: list[Draft] = []
        self._pending: dict[str, str] = {}
        self._changed: Balances = {}
        self._grouping = False
        self._state: State | None = None

    @property
    def state(self) -> State:
        """What the journal says now; read when it is first asked for, so that an audit can open what is damaged.

        Raises FolderProblem when what is stored can't be read.
        """
        if self._state is None:
            try:
                self._state = self._load()
            except ValueError as problem:
                remedy = "`carbonpolis audit verify` tells where; restore a backup."
                raise FolderProblem("the folder", f"its tables were damaged: {problem}. {remedy}") from None
        return self._state

    def _load(self) -> State:
        things: dict[str, dict[str, Any]] = {}
        for line in self.journal.entities():
            things.setdefault(line.kind, {})[line.id] = decode(line.kind, line.body)
        return State(self.journal.balances(), things)

    def now(self) -> datetime:
        """The time now, in UTC."""
        return self._clock()

    def done(self, key: str) -> Answer | None:
        """The answer of the command that was committed under this key, if one was."""
        stored = self._pending.get(key) or self.journal.answers([key]).get(key)
        return None if stored is None else _answer(stored)

    def do(self, key: str, command: str, who: str, decide: Decide) -> Answer:
        """Decide and commit one command, durably before this returns (inside `together`: before that ends).

        Raises whatever refusal the rule raises, InsufficientBalance where an account can't pay; nothing is changed.
        """
        if not self._writing:
            raise Refused(command, "the folder is open for reading only.")
        before = self.done(key)
        if before is not None:
            return before
        outcome = decide(self.state)
        decision, answer = outcome if isinstance(outcome, tuple) else (outcome, {})
        after = post(self.state.balances, decision.transfers)
        if isinstance(after, Refusal):
            raise InsufficientBalance(str(after.account), after.asked, after.held)
        events = tuple(encode(event) for event in decision.events)
        text = msgspec.json.encode(answer).decode()
        self._drafts.append(Draft(key, self.now().isoformat(), command, who, text, decision.transfers, events))
        self._pending[key] = text
        self._changed.update(after)
        self.state.balances.update(after)
        for event in decision.events:
            self.state.put(event)
        if not self._grouping:
            self._commit()
        return _answer(text)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Commands given inside are applied in order and committed together: all of them, or none."""
        assert not self._grouping, "groups don't nest"
        self._grouping = True
        try:
            yield
            self._grouping = False
            self._commit()
        except BaseException:
            self._forget()
            raise

    def _commit(self) -> None:
        if not self._drafts:
            return
        try:
            self.journal.append(self._drafts, self._changed)
        except BaseException:
            self._forget()
            raise
        self._drafts, self._pending, self._changed = [], {}, {}

    def _forget(self) -> None:
        # What was decided but not committed never happened: the state is what the journal says.
        self._drafts, self._pending, self._changed, self._grouping = [], {}, {}, False
        self._state = None


def _answer(text: str) -> Answer:
    answer: Answer = msgspec.json.decode(text)
    return answer
