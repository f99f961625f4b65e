"""`audit verify` replays a million postings a second on one core; a proof is logarithmic in size and checked at once.

The journal is made through the commit path, then verified from its first byte: every hash, chain, rule and running
balance, checkpoints, live tables. The limit is the claim: a million postings a second of a core, 10 ms a proof.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from _measure import Row, best_of, main, row, say
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.ledger.checkpoint import Signed, read_public_key
from carbonpolis.ledger.merkle import Tree
from carbonpolis.ledger.proof import FORMAT, check, entry_document, line_document, parts_of
from carbonpolis.platform.audit import Audit
from carbonpolis.platform.work import Command, Work
from carbonpolis.store.database import open_sqlite
from carbonpolis.store.journal import Journal
from carbonpolis.store.keys import Keys
from carbonpolis.store.readings import Readings

ACCOUNTS, SEED = 10_000, 11
POSTINGS_A_SECOND, SECONDS_A_PROOF = 1_000_000, 0.010
SHAPES = ((1_000, 1_000_000), (10, 400_000), (1, 100_000))  # transfers a command, postings in all


def measure() -> Iterator[Row]:
    """Journals of long, usual and shortest commands; then proofs out of small and large ones."""
    for a_command, postings in SHAPES:
        say(f"making a journal of {postings:,} postings, {a_command:,} a command ...")
        with tempfile.TemporaryDirectory() as folder:
            work, audit = _made(Path(folder), a_command, postings)
            audited = audit.verify()
            assert audited.holds, audited.fault
            wall, processor = _seconds(audit)
            postings_found, entries = audited.figures["postings"], audited.figures["entries"]
            rate = postings_found / processor
            yield row(
                f"audit_verify/{a_command} transfers a command",
                rate,
                peer=POSTINGS_A_SECOND,
                unit="postings/s",
                against="the limit: a million in a second of one core's time",
                note=f"{entries:,} entries; by the clock {postings_found / wall:,.0f} a second",
            )
            if a_command < 1_000:
                yield from _proof(work, audit, Path(folder), entries)
            work.close()


def _seconds(audit: Audit) -> tuple[float, float]:
    """Seconds by the clock and of processor time (it's one thread) of the fastest of five audits."""
    found = []
    for _ in range(5):
        clock, processor = time.perf_counter(), time.process_time()
        assert audit.verify().holds
        found.append((time.perf_counter() - clock, time.process_time() - processor))
    return min(each for each, _ in found), min(each for _, each in found)


def _proof(work: Work, audit: Audit, folder: Path, entries: int) -> Iterator[Row]:
    signed = audit.checkpoint()
    key = read_public_key(Keys(folder).public_file.read_bytes())
    with work.journal.snapshot() as snapshot:
        tree = Tree(snapshot.leaves())
        document = _document(snapshot, tree, signed, entries // 2, entries)
    text = json.dumps(document)
    assert check(document, key).transfers[0].amount > 0
    yield row(
        f"audit_verify/proof out of {entries:,} entries, bytes",
        float(len(text)),
        unit="bytes",
        note=f"{len(document['entries'][0]['path'])} hashes a path: grows with the logarithm",
        less_is_better=True,
    )
    yield row(
        f"audit_verify/check of a proof out of {entries:,} entries",
        best_of(lambda: check(json.loads(text), key), runs=20) * 1000,
        peer=SECONDS_A_PROOF * 1000,
        unit="ms",
        against="the limit: 10 ms",
        less_is_better=True,
    )


def _document(snapshot, tree: Tree, signed: Signed, seq: int, entries: int) -> dict:  # type: ignore[no-untyped-def,type-arg]
    """The proof of the first transfer of an entry."""
    block = snapshot.entry(seq)
    blocks, accounts = {seq: block}, []
    numbers = [int(block.debit[0]), int(block.credit[0])]
    for number, (since, account) in snapshot.accounts(numbers).items():
        blocks[since] = snapshot.entry(since)
        line = [each for _, each, _ in blocks[since].opened].index(number)
        place = line_document(parts_of(blocks[since]), "accounts", line)
        accounts.append({"entry": since, **place, "number": number, "account": list(account.name)})
    return {
        "format": FORMAT,
        "checkpoint": {"body": signed.body, "signature": signed.signature},
        "entries": [
            entry_document(each.entries[0][:7], parts_of(each), tree.inclusion(number - 1, entries))
            for number, each in sorted(blocks.items())
        ],
        "accounts": accounts,
        "transfers": [{"entry": seq, **line_document(parts_of(block), "transfers", 0)}],
        "events": [],
    }


def _made(folder: Path, a_command: int, postings: int) -> tuple[Work, Audit]:
    chance = random.Random(SEED)
    work = Work(Journal(open_sqlite(folder, migrate=True)), Readings(folder / "readings"), writing=True)
    bank = Account("US-MSP", "bank", "USD", Purpose.OUTSIDE)
    accounts = [Account("US-MSP", f"E-{number}", "USD", Purpose.AVAILABLE) for number in range(ACCOUNTS)]
    for start in range(0, ACCOUNTS, 1000):
        some = tuple(Transfer(bank, account, 10**9, Why.DEPOSIT) for account in accounts[start : start + 1000])
        work.do(f"fund-{start}", "deposit", "operator", lambda _, some=some: Decision(some))
    made = 0
    while made < postings:
        commands = []
        for number in range(made, min(made + 20_000, postings), a_command):
            pairs = [chance.sample(accounts, 2) for _ in range(a_command)]
            chain = Decision(tuple(Transfer(a, b, chance.randrange(1, 1000), Why.PAY) for a, b in pairs))
            commands.append(Command(f"pay-{number}", "pay", "operator", lambda _, chain=chain: chain))
        work.do_all(commands)
        made += 20_000
    return work, Audit(work, Keys(folder))


if __name__ == "__main__":
    main(measure)
