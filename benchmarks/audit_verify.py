"""`audit verify` replays a million postings a second on one core; a proof is logarithmic in size and checked at once.

The journal is made through the commit path, then verified from its first byte: every hash, chain, rule and running
balance, checkpoints, live tables. The claim is a million postings a second of a core, 10 ms a proof. The limit beside
it is the standard library's SHA-256 alone, over as many bytes in as many pieces as the journal's leaves and nodes.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np

from _measure import Row, best_of, main, row, say
from carbonpolis.ledger import Account, Columns, Decision, Purpose, Rows, Transfer, Why
from carbonpolis.ledger.checkpoint import Signed, read_public_key
from carbonpolis.ledger.merkle import Tree
from carbonpolis.ledger.proof import FORMAT, check, entry_document, line_document, parts_of
from carbonpolis.platform.audit.auditor import Audit
from carbonpolis.platform.work import Command, Work
from carbonpolis.store.database import open_sqlite
from carbonpolis.store.journal import Journal
from carbonpolis.store.keys import Keys
from carbonpolis.store.readings import Readings

ACCOUNTS, SEED = 10_000, 11
POSTINGS_A_SECOND, SECONDS_A_PROOF = 1_000_000, 0.010
SHAPES = ((1_000, 1_000_000), (10, 400_000), (1, 100_000))  # transfers a command, postings in all
ROWS = 1_000_000  # a thousand commands an entry
LEAF_BYTES, NODE_BYTES, BLOCK_BYTES = 190, 65, 64 * 26  # of an entry of one transfer; two hashes; a block of transfers


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
            yield row(
                f"audit_verify/{a_command} transfers a command, of what hashing alone allows",
                rate,
                peer=postings_found / _hashing(entries, a_command),
                unit="postings/s",
                against="hashlib's SHA-256 of every leaf, block and node, and nothing else",
            )
            if a_command < 1_000:
                yield from _proof(work, audit, Path(folder), entries)
            work.close()
    say(f"making a journal of {ROWS:,} commands given as rows, 1,000 an entry ...")
    with tempfile.TemporaryDirectory() as folder:
        work, audit = _made_of_rows(Path(folder))
        assert audit.verify().holds
        _, processor = _seconds(audit)
        yield row(
            "audit_verify/commands given as rows",
            ROWS / processor,
            peer=POSTINGS_A_SECOND,
            unit="commands/s",
            against="the limit: a million in a second of one core's time",
            note="each a transfer and a key that nobody else may have used",
        )
        work.close()


def _hashing(entries: int, a_command: int) -> float:
    """Processor seconds of hashing alone: the best of five."""
    leaf, node, block = bytes(LEAF_BYTES), bytes(NODE_BYTES), bytes(BLOCK_BYTES)
    blocks = entries * (a_command // 64 + 1) if a_command > 64 else 0
    if 1 < a_command <= 64:
        leaf += bytes(26 * (a_command - 1))

    def hash_all() -> None:
        for piece, count in ((leaf, entries), (node, entries + blocks), (block, blocks)):
            for _ in range(count):
                sha256(piece).digest()

    return best_of(hash_all, cpu=True)


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


def _made_of_rows(folder: Path) -> tuple[Work, Audit]:
    work, audit = _made(folder, 1_000, 0)
    chance = np.random.default_rng(SEED)
    accounts = tuple(Account("US-MSP", f"E-{number}", "USD", Purpose.AVAILABLE) for number in range(ACCOUNTS))
    for start in range(0, ROWS, 1_000):
        debit = chance.integers(0, ACCOUNTS, 1_000)
        credit = (debit + chance.integers(1, ACCOUNTS, 1_000)) % ACCOUNTS
        amount, why = chance.integers(1, 1_000, 1_000), np.full(1_000, Why.PAY.code)
        keys = tuple(f"row-{start + line:09d}" for line in range(1_000))
        assert work.do_rows(Rows(keys, Columns(accounts, debit, credit, amount, why)), "pay", "operator").accepted.all()
    return work, audit


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
