"""Kills a writer under load at random moments, again and again, and checks after each restart that nothing is wrong.

What is checked: every command that was answered before the kill is in the journal with that answer, rows too; groups
are there whole or not at all; every hash, rule and balance holds; the next writer goes on. `--disk-full` lets the disk
run full instead of killing: the file size limit of the process stops its writes.

usage: kill_test.py [--rounds N] [--seed N] [--folder FOLDER | --database URL] [--disk-full]
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import resource
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from carbonpolis.errors import CarbonpolisError, CommitFailed, FolderInUse, Refused
from carbonpolis.ledger import (
    Account,
    Columns,
    Decision,
    Purpose,
    Rows,
    Transfer,
    Why,
    post_columns,
    post_rows,
)
from carbonpolis.ledger.rows import stored_keys
from carbonpolis.platform.audit.auditor import Audit
from carbonpolis.platform.audit.bookkeeping import Ledger
from carbonpolis.platform.work import Work
from carbonpolis.store.database import JOURNAL_FILE, open_postgres, open_sqlite
from carbonpolis.store.journal import Journal
from carbonpolis.store.key_index import KeyIndex
from carbonpolis.store.keys import Keys
from carbonpolis.store.readings import Readings

THREADS, OWNERS, ROWS = 4, 50, 100
LONGEST_SECONDS = 0.25  # from a writer's first answer to its end
LOCK_SECONDS = 20.0  # for a database to notice that a writer is dead
ROOM_BYTES = 300_000  # what a full disk still lets a writer write
FAILURES_SEEN = 20  # of a full disk, before the writer ends
BANK = Account("US-MSP", "bank", "USD", Purpose.OUTSIDE)
Open = Callable[[], Work]


@dataclass(slots=True)
class Outcome:
    """What was found after all rounds."""

    rounds: int = 0
    answered: int = 0
    entries: int = 0


def opener(folder: Path, database: str | None) -> Open:
    """Opens the work of a folder, or of a database with a folder beside it."""

    def opened() -> Work:
        folder.mkdir(parents=True, exist_ok=True)
        journal = Journal(*open_postgres(database, migrate=True)) if database else None
        return Work(journal or Journal(open_sqlite(folder, migrate=True)), Readings(folder / "readings"), writing=True)

    return opened


def write(open_work: Open, answered: Path, run: str) -> None:
    """The writer: threads that give commands without end, and note each only once it was answered."""
    work = open_work()
    numbers = itertools.count()
    notes = os.open(answered, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    failures: list[CommitFailed] = []

    def give() -> None:
        while len(failures) < FAILURES_SEEN:
            number = next(numbers)
            try:
                for key, answer in _command(work, f"{run}-{number}", number):
                    os.write(notes, (json.dumps([key, answer]) + "\n").encode())
            except CommitFailed as failure:
                failures.append(failure)
            except Refused:
                pass

    threads = [threading.Thread(target=give, daemon=True) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _account(number: int) -> Account:
    return Account("US-MSP", f"E-{number % OWNERS}", "USD", Purpose.AVAILABLE)


def _pay(number: int, cents: int) -> Decision:
    return Decision((Transfer(_account(number), _account(number + 1), cents, Why.PAY),))


def _command(work: Work, key: str, number: int) -> list[tuple[str, dict[str, object]]]:
    """One command of a mixed load, a group of three, or rows: keys with their answers."""
    kind = number % 7
    if kind == 0:
        deposits = tuple(Transfer(BANK, _account(number + n), 1000 + n, Why.DEPOSIT) for n in range(5))
        return [(key, work.do(key, "deposit", "operator", lambda _: (Decision(deposits), {"n": number})))]
    if kind == 1:
        with work.together():
            return [
                (part, work.do(part, "pay", "operator", lambda _, cents=cents: (_pay(number, cents), {"n": number})))
                for part, cents in ((f"{key}-group-a", 1), (f"{key}-group-b", 2), (f"{key}-group-c", 3))
            ]
    if kind == 2:
        ledger = Ledger(work)
        ledger.reserve(key, _account(number), _account(number + 7), 10, why=Why.PAY, who="operator", key=f"{key}-r")
        return [(f"{key}-r", {}), (f"{key}-p", ledger.post(key, who="operator", amount=4, key=f"{key}-p"))]
    if kind == 3:
        return _rows(work, key, number)
    if kind == 4:
        columns = Columns.of(Transfer(BANK, _account(number + n), 10 + n, Why.DEPOSIT) for n in range(100))
        return [(key, work.do(key, "deposit", "operator", lambda _: (Decision(columns=columns), {"n": number})))]
    return [(key, work.do(key, "pay", "operator", lambda _: (_pay(number, 1), {"n": number})))]


def _rows(work: Work, key: str, number: int) -> list[tuple[str, dict[str, object]]]:
    """A hundred commands given as rows, given again at once: keys of those that were accepted, then seen."""
    keys = [f"{key}-row-{line}" for line in range(ROWS)]
    pays = [_account(number + line) for line in range(ROWS)]
    gets = [_account(number + line + 3) for line in range(ROWS)]
    cents = [1 if line % 3 else 1_000_000_000 for line in range(ROWS)]  # what nobody holds is refused
    given = (keys, pays, gets, cents, Why.PAY)
    answers = Ledger(work).transfer_many(*given, who="operator")
    again = Ledger(work).transfer_many(*given, who="operator")
    assert not (answers.accepted & ~again.seen).any(), "a row that was accepted is not known again"
    return [(each, {}) for each, accepted in zip(keys, answers.accepted.tolist(), strict=True) if accepted]


def _reopened(open_work: Open) -> Work:
    """Open after a kill: a database frees a dead writer's lock only when it has ended the statement it was at."""
    began = time.monotonic()
    while True:
        try:
            return open_work()
        except FolderInUse:
            if time.monotonic() - began > LOCK_SECONDS:
                raise
            time.sleep(0.05)


def check(open_work: Open, folder: Path, answered: Path) -> tuple[int, int]:
    """After a restart: answered commands and entries found. Raises AssertionError saying what is wrong."""
    with closing(_reopened(open_work)) as work:
        audited = Audit(work, Keys(folder)).verify()
        assert audited.holds, audited.fault
        text = answered.read_bytes() if answered.exists() else b""
        notes = [json.loads(line) for line in text.split(b"\n")[:-1]]
        stored = {key: each.answer for key, each in work.journal.answers([key for key, _ in notes]).items()}
        for key, answer in notes:
            assert key in stored, f"{key} was answered and is lost"
            assert json.loads(stored[key]) == answer, f"{key} was answered {answer} and says {stored[key]} now"
        with work.journal.snapshot() as snapshot:
            groups: dict[str, int] = {}
            for key in snapshot.keys("%-group-_"):
                groups[key[:-1]] = groups.get(key[:-1], 0) + 1
        assert set(groups.values()) <= {3}, "a group is half there"
        sums: dict[str, int] = {}
        for account, amount in work.state.balances.items():
            assert amount >= 0 or account.may_go_negative, f"{account} holds {amount}"
            sums[account.asset] = sums.get(account.asset, 0) + amount
        assert set(sums.values()) <= {0}, f"something was made or lost: {sums}"
        return len(notes), audited.figures["entries"]


def rounds(count: int, folder: Path, *, database: str | None = None, seed: int = 0, disk_full: bool = False) -> Outcome:
    """Start a writer, end it, check; `count` times on the same journal. Raises AssertionError when one check fails."""
    chance = random.Random(seed)
    open_work, answered = opener(folder, database), folder / "answered"
    open_work().close()
    _compile_first()
    found = Outcome()
    for number in range(count):
        size = answered.stat().st_size if answered.exists() else 0
        child = os.fork()
        if child == 0:
            _be_writer(open_work, answered, f"{seed}-{number}", folder if disk_full else None)
        began = time.monotonic()
        while (answered.stat().st_size if answered.exists() else 0) == size and time.monotonic() - began < 20:
            time.sleep(0.002)
        if not disk_full:
            time.sleep(chance.uniform(0, LONGEST_SECONDS))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert disk_full or os.WIFSIGNALED(status), f"the writer ended by itself: {status}"
        assert not disk_full or os.waitstatus_to_exitcode(status) == 0, f"the writer broke: {status}"
        found.rounds += 1
        found.answered, found.entries = check(open_work, folder, answered)
    return found


def _compile_first() -> None:
    """Load the compiled passes before any writer is forked, so that a writer's short life is spent on writing."""
    moved = Columns.of([Transfer(BANK, _account(0), 1, Why.DEPOSIT)])
    post_columns({}, moved)
    post_rows({}, Rows(("a",), moved), np.zeros(1, np.bool_))
    index = KeyIndex()
    index.add(1, ["a"])
    index.find(["a"], lambda _: {1: stored_keys(["a"])})


def _be_writer(open_work: Open, answered: Path, run: str, fills: Path | None) -> None:
    """What the forked process does; it never returns."""
    code = 1
    try:
        if fills is not None:
            largest = max((path.stat().st_size for path in fills.glob(f"{JOURNAL_FILE}*")), default=0)
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest + ROOM_BYTES, largest + ROOM_BYTES))
        write(open_work, answered, run)
        code = 0
    except CarbonpolisError as problem:
        print(problem, file=sys.stderr)
    finally:
        os._exit(code)


def main() -> None:
    """Read the arguments, run, and say what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--database")
    parser.add_argument("--disk-full", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary) / "data"
        found = rounds(given.rounds, folder, database=given.database, seed=given.seed, disk_full=given.disk_full)
    ended = "ran into a full disk" if given.disk_full else "was killed"
    print(
        f"the writer {ended} {found.rounds} times; {found.answered:,} answered commands are all there, "
        f"{found.entries:,} entries hold"
    )


if __name__ == "__main__":
    main()
