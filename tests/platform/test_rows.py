"""Commands given as rows: each with its own key and its own answer, one commit for all, whatever happens between."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carbonpolis.errors import (
    CarbonpolisError,
    CommitFailed,
    InsufficientBalance,
    KeyReused,
    LimitPassed,
    Refused,
    Unknown,
)
from carbonpolis.ledger import Account, Balances, Columns, Decision, Limit, Purpose, Rows, Transfer, Why
from carbonpolis.ledger.checkpoint import read_public_key
from carbonpolis.platform.audit.auditor import Audit
from carbonpolis.platform.audit.bookkeeping import Ledger
from carbonpolis.platform.audit.offline import check_document
from carbonpolis.platform.idempotency import Key
from carbonpolis.platform.work import Command, Work
from carbonpolis.store.database import JOURNAL_FILE, open_postgres, open_sqlite
from carbonpolis.store.journal import Journal
from carbonpolis.store.keys import Keys
from carbonpolis.store.readings import Readings

BANK = Account("US-MSP", "bank", "USD", Purpose.OUTSIDE)
OWNERS = [Account("US-MSP", owner, "USD", Purpose.AVAILABLE) for owner in ("mill", "bakery", "forest")]
MILL, BAKERY, FOREST = OWNERS
MEMORY = Path("/dev/shm")  # where there is one, flushing costs nothing: durability has its own tests
Open = Callable[[], Work]


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same journal again and again, as a program that starts anew does; closes all at the end."""
    with ExitStack() as closing_all:
        address = request.getfixturevalue("database") if request.param == "postgresql" else None

        def fresh() -> Work:
            journal = (
                Journal(*open_postgres(address, migrate=True))
                if address
                else Journal(open_sqlite(tmp_path, migrate=True))
            )
            work = Work(journal, Readings(tmp_path / "readings"), writing=True)
            closing_all.callback(work.close)
            return work

        yield fresh


def rows(*given: tuple[str, Account, Account, int]) -> Rows:
    return Rows(tuple(key for key, *_ in given), Columns.of(Transfer(*each, Why.PAY) for _, *each in given))


def funded(work: Work) -> Work:
    work.do("fund", "deposit", "operator", lambda _: Decision((Transfer(BANK, MILL, 100, Why.DEPOSIT),)))
    return work


def holds(work: Work, folder: Path) -> None:
    audited = Audit(work, Keys(folder)).verify()
    assert audited.holds, audited.fault
    assert work.journal.balances() == {account: held for account, held in work.state.balances.items() if held}


def test_each_row_has_its_own_answer_and_one_commit_holds_all(opened: Open, tmp_path: Path):
    work = funded(opened())
    given = rows(
        ("a", MILL, BAKERY, 60), ("b", MILL, BAKERY, 60), ("a", MILL, BAKERY, 60), ("c", BAKERY, FOREST, 10),
        ("a", MILL, BAKERY, 1),
    )  # fmt: skip
    answers = work.do_rows(given, "pay", "operator")
    assert answers.accepted.tolist() == [True, False, False, True, False]
    assert answers.seen.tolist() == [False, False, True, False, False]
    assert isinstance(answers.refused[1], InsufficientBalance)
    assert isinstance(answers.refused[4], KeyReused)
    assert (work.state.balances[MILL], work.state.balances[BAKERY], work.state.balances[FOREST]) == (40, 50, 10)
    assert work.journal.head().seq == 2
    entry = Ledger(work).entry(2)
    assert (entry.draft.keys, entry.draft.key) == (("a", "c"), "a")
    holds(work, tmp_path)


def test_a_key_is_used_once_by_a_row_or_by_a_command_before_and_after_a_restart(opened: Open, tmp_path: Path):
    work = funded(opened())
    work.do("single", "pay", "operator", lambda _: (Decision((Transfer(MILL, BAKERY, 1, Why.PAY),)), {"n": 1}))
    work.do_rows(rows(("x", MILL, BAKERY, 1), ("y", MILL, BAKERY, 1)), "pay", "operator")
    for again in (work, None):
        if again is None:
            work.close()
            again = opened()
        assert (again.done("y"), again.done("x"), again.done("single"), again.done("z")) == ({}, {}, {"n": 1}, None)
        with pytest.raises(KeyReused, match=r"'y'.* by operator for 'pay'"):
            again.do("y", "pay", "operator", lambda _: pytest.fail("it ran"))
        many = again.do_all([Command(key, "pay", "operator", lambda _: pytest.fail("it ran")) for key in ("x", "y")])
        assert [type(each) for each in many] == [KeyReused, KeyReused]
        same = again.do_rows(rows(("x", MILL, BAKERY, 1), ("y", MILL, BAKERY, 1)), "pay", "operator")
        assert (same.seen.tolist(), same.refused) == ([True, True], {})
        other = again.do_rows(
            rows(("y", MILL, FOREST, 1), ("x", MILL, BAKERY, 2), ("single", MILL, BAKERY, 1)), "pay", "operator"
        )
        assert (other.seen.any(), other.accepted.any()) == (False, False)
        assert [type(each) for each in other.refused.values()] == [KeyReused] * 3
        another = again.do_rows(rows(("y", MILL, BAKERY, 1)), "give", "operator")
        assert isinstance(another.refused[0], KeyReused)
        assert again.state.balances[MILL] == 97
        assert again.journal.head().seq == 3
        holds(again, tmp_path)


def test_keys_beyond_one_block_are_found_again(opened: Open, tmp_path: Path):
    work = funded(opened())
    given = [(f"k{number}", MILL if number % 2 else BANK, BANK if number % 2 else MILL, 1) for number in range(300)]
    assert work.do_rows(rows(*given), "pay", "operator").accepted.all()
    work.close()
    again = opened()
    answers = again.do_rows(rows(*given[::-1], ("new", MILL, BAKERY, 1)), "pay", "operator")
    assert (answers.seen.sum(), answers.accepted.tolist()[-1]) == (300, True)
    assert again.journal.line_of("k299") == (2, 299)
    assert again.journal.line_of("never") is None
    holds(again, tmp_path)


def test_a_reader_beside_the_writer_sees_the_newest_keys(tmp_path: Path):
    work = funded(Work(Journal(open_sqlite(tmp_path, migrate=True)), Readings(tmp_path), writing=True))
    reader = Work(Journal(open_sqlite(tmp_path, migrate=False)), Readings(tmp_path), writing=False)
    with closing(work), closing(reader):
        for key in ("a", "b"):
            assert reader.done(key) is None
            work.do_rows(rows((f"first of {key}", MILL, BAKERY, 1), (key, MILL, BAKERY, 1)), "pay", "operator")
            assert reader.done(key) == {}
        with pytest.raises(Refused, match="reading only"):
            reader.do_rows(rows(("c", MILL, BAKERY, 1)), "pay", "operator")


STEPS = st.lists(
    st.tuples(
        st.sampled_from([f"k{n}" for n in range(12)]),
        st.sampled_from([BANK, *OWNERS]),
        st.sampled_from([BANK, *OWNERS]),
        st.integers(1, 40),
    ).filter(lambda step: step[1] is not step[2]),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, max_size=4))
def test_rows_leave_what_the_same_commands_leave_one_by_one(groups):
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder, ExitStack() as stack:
        works = []
        for name in ("rows", "singles"):
            path = Path(folder) / name
            path.mkdir()
            works.append(Work(Journal(open_sqlite(path, migrate=True)), Readings(path), writing=True))
            stack.callback(works[-1].close)
            limit = Limit(BAKERY, "for this story", most=50)
            works[-1].do("limit", "limit", "operator", lambda _, limit=limit: Decision(events=(limit,)))
        by_rows, by_singles = (funded(work) for work in works)
        for group in groups:
            answers = by_rows.do_rows(rows(*group), "pay", "operator")
            for row, (key, debit, credit, cents) in enumerate(group):
                decision = Decision((Transfer(debit, credit, cents, Why.PAY),))
                new = by_singles.done(key) is None
                given = Key.of(key, {"debit": debit, "credit": credit, "cents": cents})
                try:
                    by_singles.do(given, "pay", "operator", lambda _, decision=decision: decision)
                except CarbonpolisError as refusal:
                    assert type(answers.refused[row]) is type(refusal)
                    if not isinstance(refusal, KeyReused):  # that one tells when, and the two were not at one moment
                        assert str(answers.refused[row]) == str(refusal)
                else:
                    assert (bool(answers.accepted[row]), bool(answers.seen[row])) == (new, not new)
        assert by_rows.state.balances == by_singles.state.balances
        assert by_rows.journal.count_postings() == by_singles.journal.count_postings()
        holds(by_rows, Path(folder) / "rows")


def test_rows_keep_limits_and_join_a_group(opened: Open, tmp_path: Path):
    work = funded(opened())
    Ledger(work).limit(Limit(BAKERY, "for this test", most=15), who="operator", key="limit")
    with work.together():
        first = work.do_rows(rows(("a", MILL, BAKERY, 10)), "pay", "operator")
        work.do("b", "pay", "operator", lambda _: Decision((Transfer(BAKERY, FOREST, 5, Why.PAY),)))
        second = work.do_rows(rows(("a", MILL, BAKERY, 10), ("c", MILL, BAKERY, 11)), "pay", "operator")
        assert work.done("a") == {}
    assert (first.accepted.tolist(), second.seen.tolist()) == ([True], [True, False])
    assert isinstance(second.refused[1], LimitPassed)
    with pytest.raises(ZeroDivisionError), work.together():
        work.do_rows(rows(("undone", MILL, BAKERY, 1)), "pay", "operator")
        raise ZeroDivisionError
    assert work.done("undone") is None
    assert work.state.balances[BAKERY] == 5
    assert work.do_rows(rows(("undone", MILL, BAKERY, 1)), "pay", "operator").accepted.all()
    holds(work, tmp_path)


def test_when_rows_can_not_be_written_their_keys_stay_free(tmp_path: Path):
    class Failing(Journal):
        failing = False

        def _write(self, *given: object) -> None:
            super()._write(*given)  # type: ignore[arg-type]
            if self.failing:
                raise sqlite3.OperationalError("database or disk is full")

    journal = Failing(open_sqlite(tmp_path, migrate=True))
    work = funded(Work(journal, Readings(tmp_path), writing=True))
    assert work.do_rows(rows(("a", MILL, BAKERY, 1)), "pay", "operator").accepted.all()
    journal.failing = True  # after the commit: the disk has it, the writer was told otherwise
    assert work.do_rows(rows(("b", MILL, BAKERY, 1)), "pay", "operator").accepted.all()
    journal.failing = False
    assert work.do_rows(rows(("a", MILL, BAKERY, 1), ("b", MILL, BAKERY, 1)), "pay", "operator").seen.all()
    holds(work, tmp_path)
    work.close()


def test_threads_that_give_the_same_rows_do_them_once(tmp_path: Path):
    work = funded(Work(Journal(open_sqlite(tmp_path, migrate=True)), Readings(tmp_path), writing=True))
    accepted: list[int] = []

    def give() -> None:
        for start in range(0, 40, 10):
            given = rows(*((f"k{number}", MILL, BAKERY, 1) for number in range(start, start + 10)))
            accepted.append(int(work.do_rows(given, "pay", "operator").accepted.sum()))

    threads = [threading.Thread(target=give) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (sum(accepted), work.state.balances[BAKERY]) == (40, 40)
    holds(work, tmp_path)
    work.close()


def test_a_row_is_corrected_by_itself(tmp_path: Path):
    work = funded(Work(Journal(open_sqlite(tmp_path, migrate=True)), Readings(tmp_path), writing=True))
    ledger = Ledger(work)
    ledger.transfer_many(["a", "b"], [MILL, MILL], [BAKERY, FOREST], [7, 8], Why.PAY, who="operator")
    with pytest.raises(Refused, match="say which line"):
        ledger.correct(2, reason="a mistake", who="operator", key="c1")
    with pytest.raises(Refused, match="lines 0 to 1"):
        ledger.correct(2, line=2, reason="a mistake", who="operator", key="c1")
    with pytest.raises(Refused, match="one command"):
        ledger.correct(1, line=0, reason="a mistake", who="operator", key="c1")
    ledger.correct(2, line=1, reason="a mistake", who="operator", key="c1")
    assert (work.state.balances[MILL], work.state.balances[BAKERY], work.state.balances[FOREST]) == (93, 7, 0)
    with pytest.raises(Refused, match="already"):
        ledger.correct(2, line=1, reason="a mistake", who="operator", key="c2")
    ledger.correct(2, line=0, reason="a mistake", who="operator", key="c3")
    assert work.state.balances[MILL] == 100
    holds(work, tmp_path)
    work.close()


@pytest.mark.parametrize("count", [3, 300])
def test_the_transfer_of_a_key_is_proved_and_no_value_of_the_proof_can_be_changed(tmp_path: Path, count: int):
    work = funded(Work(Journal(open_sqlite(tmp_path, migrate=True)), Readings(tmp_path), writing=True))
    given = [(f"k{number}", MILL if number % 2 else BANK, BANK if number % 2 else MILL, 5) for number in range(count)]
    work.do_rows(rows(*given), "pay", "operator")
    audit = Audit(work, Keys(tmp_path))
    document = json.loads(json.dumps(audit.prove("k1")))
    key = read_public_key(audit.public_key())
    said = check_document(document, key).lines
    assert said[0].startswith("key k1: entry 2 of ") and "pay: 5 from mill" in said[0]
    assert len(json.dumps(document)) < 20_000
    for name, other in (("key", "k2"), ("line", 2), ("entry", 1)):
        with pytest.raises(ValueError, match=r"."):
            check_document({**document, "keys": [{**document["keys"][0], name: other}]}, key)
    with pytest.raises(ValueError, match="no transfer of the key"):
        check_document({**document, "about": {"kind": "row", "key": "k2"}}, key)
    with pytest.raises(Unknown, match="key of a transfer"):
        audit.prove("k-never")
    work.close()


def test_a_proof_of_a_row_grows_with_the_logarithm(tmp_path: Path):
    sizes = []
    for count in (1_000, 16_000):
        folder = tmp_path / str(count)
        folder.mkdir()
        work = funded(Work(Journal(open_sqlite(folder, migrate=True)), Readings(folder), writing=True))
        work.do_rows(rows(*((f"key-{number:05d}", BANK, MILL, 5) for number in range(count))), "pay", "operator")
        sizes.append(len(json.dumps(Audit(work, Keys(folder)).prove("key-00777"))))
        work.close()
    assert sizes[1] - sizes[0] < 2 * 5 * 80, "four hashes more, of its transfer and of its key"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE row_keys SET listed = (SELECT listed FROM row_keys WHERE seq = 3) WHERE seq = 2",
        "UPDATE row_keys SET listed = X'9192A161A163' WHERE seq = 2",
        "UPDATE row_keys SET listed = X'00' WHERE seq = 2",
        "UPDATE row_keys SET listed = 'ab' WHERE seq = 2",
        "UPDATE row_keys SET seq = 1 WHERE seq = 2",
        "UPDATE row_keys SET seq = 99 WHERE seq = 2",
        "DELETE FROM row_keys WHERE seq = 3",
        "INSERT INTO row_keys VALUES (1, X'9191A166')",
    ],
)
def test_an_audit_finds_a_changed_list_of_keys(tmp_path: Path, change: str):
    work = funded(Work(Journal(open_sqlite(tmp_path, migrate=True)), Readings(tmp_path), writing=True))
    for first, second in (("a", "b"), ("d", "e")):
        work.do_rows(rows((first, MILL, BAKERY, 1), (second, MILL, BAKERY, 1)), "pay", "operator")
    holds(work, tmp_path)
    work.close()
    with closing(sqlite3.connect(tmp_path / JOURNAL_FILE)) as raw:
        raw.execute(change)
        raw.commit()
    reader = Work(Journal(open_sqlite(tmp_path, migrate=False)), Readings(tmp_path), writing=False)
    assert "journal" in Audit(reader, Keys(tmp_path)).verify().fault
    reader.close()


def test_an_audit_finds_a_key_that_a_careless_writer_used_twice(tmp_path: Path):
    class Careless(Journal):
        def answers(self, keys: object) -> dict[str, str]:
            return {}

    work = funded(Work(Careless(open_sqlite(tmp_path, migrate=True)), Readings(tmp_path), writing=True))
    work.do_rows(rows(("a", MILL, BAKERY, 1), ("b", MILL, BAKERY, 1)), "pay", "operator")
    work.do_rows(rows(("c", MILL, BAKERY, 1), ("b", MILL, BAKERY, 1)), "pay", "operator")
    assert "'b' was used by two commands" in Audit(work, Keys(tmp_path)).verify().fault
    work.close()


def test_nothing_is_done_when_the_journal_can_not_be_written(tmp_path: Path):
    class Full(Journal):
        def append(self, drafts: object, changed: Balances) -> object:  # type: ignore[override]
            raise CommitFailed("database or disk is full")

    funded(Work(Journal(open_sqlite(tmp_path, migrate=True)), Readings(tmp_path), writing=True)).close()
    work = Work(Full(open_sqlite(tmp_path, migrate=True)), Readings(tmp_path), writing=True)
    with pytest.raises(CommitFailed):
        work.do_rows(rows(("a", MILL, BAKERY, 1)), "pay", "operator")
    assert (work.state.balances, work.done("a")) == ({BANK: -100, MILL: 100}, None)
    work.close()
