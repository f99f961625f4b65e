"""The unit of work: many threads at once, groups that hold or fall together, answers that are true once given."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from carbonpolis.errors import CarbonpolisError, CommitFailed, InsufficientBalance, LimitPassed, Refused
from carbonpolis.ledger import Account, Balances, Columns, Decision, Limit, Purpose, Transfer, Why
from carbonpolis.ledger.journal import Draft, Sealed
from carbonpolis.platform.audit.auditor import Audit
from carbonpolis.platform.audit.bookkeeping import Ledger
from carbonpolis.platform.work import Command, State, Work
from carbonpolis.store.database import open_sqlite
from carbonpolis.store.journal import Journal
from carbonpolis.store.keys import Keys
from carbonpolis.store.readings import Readings

BANK = Account("US-MSP", "bank", "USD", Purpose.OUTSIDE)
MILL = Account("US-MSP", "mill", "USD", Purpose.AVAILABLE)
BAKERY = Account("US-MSP", "bakery", "USD", Purpose.AVAILABLE)


class Watched(Journal):
    """A journal that counts its commits, can be told to fail, and can be held up while it commits."""

    def __init__(self, folder: Path) -> None:
        super().__init__(open_sqlite(folder, migrate=True))
        self.sizes: list[int] = []
        self.failing = False
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def append(self, drafts: list[Draft], changed: Balances) -> Sealed:
        self.entered.set()
        assert self.gate.wait(20)
        if self.failing:
            raise CommitFailed("the disk is full")
        self.sizes.append(len(drafts))
        return super().append(drafts, changed)


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    work = Work(Watched(tmp_path), Readings(tmp_path / "readings"), writing=True)
    yield work
    work.close()


def journal(work: Work) -> Watched:
    assert isinstance(work.journal, Watched)
    return work.journal


def deposit(cents: int, to: Account = MILL) -> Decision:
    return Decision((Transfer(BANK, to, cents, Why.DEPOSIT),))


def pay(cents: int) -> Decision:
    return Decision((Transfer(MILL, BAKERY, cents, Why.PAY),))


def give(work: Work, key: str, decision: Decision) -> dict[str, object]:
    return work.do(key, "move", "operator", lambda _: (decision, {"key": key}))


def holds(work: Work, folder: Path) -> bool:
    audited = Audit(work, Keys(folder)).verify()
    assert audited.holds, audited.fault
    return work.journal.balances() == {account: cents for account, cents in work.state.balances.items() if cents}


def test_threads_lose_nothing_and_share_commits(work: Work, tmp_path: Path):
    give(work, "first", deposit(1_000_000))
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: give(work, f"pay-{n}", pay(n + 1)), range(400)))
    assert [answer["key"] for answer in answers] == [f"pay-{n}" for n in range(400)]
    assert work.state.balances[BAKERY] == sum(range(1, 401))
    assert sum(journal(work).sizes) == 401
    assert holds(work, tmp_path)


def test_commands_that_come_while_a_commit_is_written_are_committed_together(work: Work):
    watched = journal(work)
    watched.gate.clear()
    threads = [threading.Thread(target=give, args=(work, f"k{n}", deposit(1))) for n in range(9)]
    threads[0].start()
    assert watched.entered.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(work._open.drafts) < 8:
        threading.Event().wait(0.005)
    watched.gate.set()
    for thread in threads:
        thread.join(10)
    assert watched.sizes == [1, 8]


def test_a_command_is_answered_only_once_it_is_durable(work: Work):
    watched = journal(work)
    watched.gate.clear()
    answered: list[object] = []
    threads = [threading.Thread(target=lambda: answered.append(give(work, "once", deposit(5)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert watched.entered.wait(10)
    threading.Event().wait(0.1)
    assert answered == []
    watched.gate.set()
    for thread in threads:
        thread.join(10)
    assert answered == [{"key": "once"}] * 3
    assert (watched.sizes, work.state.balances[MILL]) == ([1], 5)


def test_when_a_commit_fails_everything_on_top_of_it_fails_and_the_state_goes_back(work: Work, tmp_path: Path):
    give(work, "first", deposit(100))
    watched = journal(work)
    watched.entered.clear()
    watched.gate.clear()
    failures: list[BaseException] = []

    def paying(key: str) -> None:
        try:
            give(work, key, pay(10))
        except CommitFailed as failure:
            failures.append(failure)

    threads = [threading.Thread(target=paying, args=(f"p{n}",)) for n in range(4)]
    threads[0].start()
    assert watched.entered.wait(10)
    for thread in threads[1:]:  # later, so that they wait for the next commit and not for the first
        thread.start()
    while len(work._open.drafts) < 3:
        threading.Event().wait(0.005)
    watched.failing = True
    watched.gate.set()
    for thread in threads:
        thread.join(10)
    assert len(failures) == 4
    assert work.state.balances == {BANK: -100, MILL: 100}
    watched.failing = False
    give(work, "p0", pay(10))
    assert holds(work, tmp_path)


def test_a_group_is_one_commit_and_a_refusal_in_it_leaves_nothing(work: Work, tmp_path: Path):
    with work.together():
        give(work, "a", deposit(100))
        give(work, "b", pay(40))
        assert work.done("b") == {"key": "b"}
    with pytest.raises(InsufficientBalance), work.together():
        give(work, "c", pay(60))
        give(work, "d", pay(1))
    assert (work.done("c"), work.state.balances[BAKERY]) == (None, 40)
    assert journal(work).sizes == [2]
    assert holds(work, tmp_path)


def test_a_group_that_can_not_be_written_leaves_nothing(work: Work):
    give(work, "first", deposit(100))
    journal(work).failing = True
    with pytest.raises(CommitFailed), work.together():
        give(work, "a", pay(1))
        give(work, "b", pay(2))
    assert work.state.balances == {BANK: -100, MILL: 100}


def test_threads_wait_while_a_group_is_open(work: Work, tmp_path: Path):
    with work.together():
        give(work, "a", deposit(100))
        thread = threading.Thread(target=give, args=(work, "late", pay(100)))
        thread.start()
        thread.join(0.1)
        assert thread.is_alive()
    thread.join(10)
    assert journal(work).sizes == [1, 1]
    assert holds(work, tmp_path)


def test_commands_that_arrive_together_have_each_their_own_answer(work: Work, tmp_path: Path):
    give(work, "old", deposit(100))
    commands = [
        Command("old", "move", "operator", lambda _: pay(1)),
        Command("new", "move", "operator", lambda _: (pay(60), {"paid": 60})),
        Command("too much", "move", "operator", lambda _: pay(60)),
        Command("again", "move", "operator", lambda _: (pay(40), {"paid": 40})),
        Command("again", "move", "operator", lambda _: pay(40)),
    ]
    outcomes = work.do_all(commands)
    assert outcomes[:2] == [{"key": "old"}, {"paid": 60}]
    assert isinstance(outcomes[2], InsufficientBalance)
    assert outcomes[3:] == [{"paid": 40}, {"paid": 40}]
    assert journal(work).sizes == [1, 2]
    assert holds(work, tmp_path)


def test_columns_are_held_to_limits_and_kept_as_transfers_are(work: Work, tmp_path: Path):
    in_columns = Columns.of([Transfer(BANK, MILL, 100, Why.DEPOSIT), Transfer(MILL, BAKERY, 60, Why.PAY)])
    give(work, "both", Decision(deposit(5).transfers, columns=in_columns))
    assert work.state.balances == {BANK: -105, MILL: 45, BAKERY: 60}
    with pytest.raises(InsufficientBalance, match="holds 45"):
        give(work, "too much", Decision(columns=Columns.of(pay(46).transfers)))
    give(work, "limit", Decision(events=(Limit(BAKERY, "for this test", most=70),)))
    with pytest.raises(LimitPassed, match="at most 70"):
        give(work, "past the limit", Decision(columns=Columns.of(pay(11).transfers)))
    assert [each.amount for each in Ledger(work).entry(1).draft.transfers] == [5, 100, 60]
    assert holds(work, tmp_path)


def test_a_limit_binds_from_the_next_command_on_and_after_a_restart(work: Work, tmp_path: Path):
    give(work, "first", deposit(100))
    limit = Limit(BAKERY, "for this test", most=50)
    give(work, "limit", Decision(events=(limit,)))
    give(work, "enough", pay(50))
    with pytest.raises(LimitPassed, match="at most 50"):
        give(work, "more", pay(1))
    again = Work(Journal(open_sqlite(tmp_path, migrate=False)), Readings(tmp_path / "readings"), writing=True)
    with pytest.raises(LimitPassed, match="at most 50"):
        give(again, "more", pay(1))
    assert again.state.limits == {BAKERY: limit}
    again.close()
    assert holds(work, tmp_path)


def test_a_rule_that_breaks_changes_nothing(work: Work):
    def broken(_: State) -> Decision:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work.do("k", "move", "operator", broken)
    assert (journal(work).sizes, work.done("k")) == ([], None)


def test_who_only_reads_gives_no_commands(tmp_path: Path):
    Journal(open_sqlite(tmp_path, migrate=True)).close()
    work = Work(Journal(open_sqlite(tmp_path, migrate=False)), Readings(tmp_path), writing=False)
    with pytest.raises(Refused, match="reading only"):
        give(work, "k", deposit(1))
    with work.reading() as state:
        assert state.balances == {}
    work.close()
    assert issubclass(Refused, CarbonpolisError)
