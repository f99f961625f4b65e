"""Orders through the whole platform: reserved, matched, settled and durable, in batches and one by one.

300 cities are open at once, on the embedded store with its full synchronous commit: batches of 1,000 and of 5,000
orders a commit, and orders one by one, each its own durable commit. The limit in the same run: a bare SQLite table, one
row an order in batches of 1,000, synchronous=FULL.
"""

from __future__ import annotations

import gc
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from _measure import Row, main, row, say
from carbonpolis import Platform
from carbonpolis.ledger import Account, Decision, Purpose, Transfer, Why
from carbonpolis.market.floor.order_entry import Wanted
from carbonpolis.registry.party import City, Party, Role

CITIES = 300
BATCH = 1_000
SIZES = (BATCH, 5_000)  # orders a batch
ORDERS = 20_000  # in all, of each size
SINGLES = 200
TARGET = 30_000  # orders/s, in batches
DAY = date(2024, 7, 1)
END = -1  # asked of the follower: end
POLL = 0.005  # s between two looks of the follower into the journal


def open_market(folder: Path) -> Platform:
    """A platform with 300 cities, each with two emitters that have money and two sink owners that have units."""
    platform = Platform.open(folder, clock=lambda: datetime(2024, 7, 1, tzinfo=UTC))
    names = [f"XX-{i:03d}" for i in range(CITIES)]
    zone = "temperate_oceanic_forest"
    cities = tuple(City(n, n, "XX", 50.0, 5.0, 100_000, 2024, 100.0, None, None, zone, "benchmark") for n in names)
    roles = (("mill", Role.EMITTER), ("wood", Role.SINK_PRODUCER))
    parties = tuple(
        Party(f"{kind}{i}-{n}", n, kind, role, "", "", "benchmark", assumed=False)
        for n in names
        for kind, role in roles
        for i in range(2)
    )
    platform.people.register((*cities, *parties), key="people")
    platform.people.deposit({p.id: 10**12 for p in parties if p.role is Role.EMITTER}, key="bank")
    issued = []
    for party in parties:
        if party.role is Role.SINK_PRODUCER:
            asset = f"CP-{party.city}-{int(party.id[4]) + 1:06d}-FOR-2023"
            source = Account(party.city, "registry", asset, Purpose.ISSUER)
            owner = Account(party.city, party.id, asset, Purpose.AVAILABLE)
            issued.append(Transfer(source, owner, 900_000_000, Why.ISSUE))
    platform._work.do("issue", "issue", "registrar", lambda _: Decision(tuple(issued)))
    return platform


def wanted(n: int, seed: int) -> list[Wanted]:
    """A seeded flow: buyers and sellers of random cities around one price, so that about half of them trade."""
    random = np.random.default_rng(seed)
    places, sides, whom = random.integers(0, CITIES, n), random.integers(0, 2, n), random.integers(0, 2, n)
    lots, prices = random.integers(1, 20, n), random.integers(2_400, 2_600, n)
    return [
        Wanted(f"XX-{c:03d}", f"{'mill' if s == 0 else 'wood'}{w}-XX-{c:03d}", ("buy", "sell")[s], q, p)
        for c, s, w, q, p in zip(*(a.tolist() for a in (places, sides, whom, lots, prices)), strict=True)
    ]


def bare_table(folder: Path) -> float:
    """Orders a second into a table of SQLite that does nothing else: the limit that the disk sets."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("pragma journal_mode=WAL")
    connection.execute("pragma synchronous=FULL")
    connection.execute("create table orders(id integer primary key, body text)")
    rows = [("x" * 200,)] * BATCH
    began = time.perf_counter()
    for _ in range(ORDERS // BATCH):
        connection.execute("begin")
        connection.executemany("insert into orders(body) values (?)", rows)
        connection.execute("commit")
    return ORDERS / (time.perf_counter() - began)


def follow(folder: Path, asked: Connection) -> None:
    """Another process that reads the folder and tells the feed; answers an entry's number once it has told it."""
    with Platform.open(folder, create=False, writing=False) as platform:
        entry: int | None = None
        while True:
            platform.feed.advance()
            if entry is None and asked.poll(POLL):
                entry = asked.recv()
            if entry == END:
                return
            if entry is not None and platform.feed.upto >= entry:
                asked.send(entry)
                entry = None


class Follower:
    """The process that follows the feed of a folder."""

    def __init__(self, folder: Path) -> None:
        spawn = get_context("spawn")
        self._pipe, other = spawn.Pipe()
        self._process = spawn.Process(target=follow, args=(folder, other))
        self._process.start()

    def wait_for(self, entry: int) -> None:
        """Return once the feed has told an entry of the journal."""
        self._pipe.send(entry)
        self._pipe.recv()

    def end(self) -> None:
        """End the process."""
        self._pipe.send(END)
        self._process.join()


def measure() -> Iterator[Row]:
    """The rows of this benchmark, each size of batch in a market of its own."""
    with tempfile.TemporaryDirectory() as name:
        limit = bare_table(Path(name))
        for size in SIZES:
            yield from in_batches(Path(name) / str(size), size, limit)


def in_batches(folder: Path, size: int, limit: float) -> Iterator[Row]:
    """Orders in batches of one size, and one by one; limit: orders a second of a bare table."""
    say(f"opening 300 cities, batches of {size:,} ...")
    with open_market(folder) as platform:
        follower = Follower(folder)
        platform.trading.place_many(wanted(size, 0), key="warm", at=DAY)
        gc.collect()
        gc.freeze()  # as a process that trades all day does: what it began with is not looked through again
        batches = [wanted(size, seed) for seed in range(1, ORDERS // size + 1)]
        took, trades, refused = [], 0, 0
        follower.wait_for(platform._work.journal.head().seq)
        start = time.perf_counter()
        for number, orders in enumerate(batches):
            began = time.perf_counter()
            answer = platform.trading.place_many(orders, key=f"batch {number}", at=DAY)
            took.append(time.perf_counter() - began)
            trades += answer["trades"]
            refused += len(answer["refused"])
        follower.wait_for(platform._work.journal.head().seq)
        fed = ORDERS / (time.perf_counter() - start)
        follower.end()
        alone = []
        for number, one in enumerate(wanted(SINGLES, 99)):
            began = time.perf_counter()
            platform.trading.place_many([one], key=f"single {number}", at=DAY)
            alone.append(time.perf_counter() - began)
        assert platform.audit.verify().holds
    what, rate = f"trading/batches of {size:,}", ORDERS / sum(took)
    note = f"{trades / ORDERS:.2f} trades an order; {refused} refused; 300 cities open"
    told = "the same, until a second process that follows the market feed has told the last of them"
    p99 = [float(np.percentile(np.array(times) * 1000, 99)) for times in (took, alone)]
    yield row(what, rate, peer=TARGET, unit="orders/s", against="our target", note=note)
    yield row(f"{what}, fed", fed, peer=TARGET, unit="orders/s", against="our target", note=told)
    yield row(f"{what}, limit", rate, peer=limit, unit="orders/s", against="a bare SQLite table, one row an order")
    yield row(f"{what}, latency", p99[0], unit="ms", note=f"99th percentile over {len(batches)} batches")
    yield row("trading/order latency", p99[1], unit="ms", note=f"99th percentile over {SINGLES} single orders")


if __name__ == "__main__":
    main(measure)
