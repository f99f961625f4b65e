"""The readings on disk: one Parquet file an append, never edited; read back through Ibis on DuckDB.

A file is written aside, flushed to disk and then renamed, so that it is there whole or not at all. Its name carries a
hash of the idempotency key, so that the same append twice is one file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema(
    [
        ("city", pa.string()),
        ("site", pa.string()),
        ("stream", pa.string()),
        ("time", pa.timestamp("us", tz="UTC")),
        ("value", pa.float64()),
        ("sd", pa.float64()),
        ("unit", pa.string()),
        ("quality", pa.string()),
        ("source", pa.string()),
        ("received_at", pa.timestamp("us", tz="UTC")),
        ("version", pa.int64()),
    ]
)
_ONE = ["city", "site", "stream", "time"]


@dataclass(frozen=True, slots=True)
class ReadingsPart:
    """One file of readings as the journal records it, so that an audit can tell when it was changed."""

    id: str
    city: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FileLoad:
    """The newest file of a kind that a person loaded; id: the kind. number: how many there were."""

    id: str
    city: str
    sha256: str
    number: int


class Readings:
    """Appends and reads a folder of Parquet files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, frame: pd.DataFrame, *, key: str, city: str) -> ReadingsPart:
        """Make `frame` (columns as SCHEMA) durable; the same key again changes nothing and returns the same part."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.parquet"
        if not path.exists():
            table = pa.Table.from_pandas(frame[SCHEMA.names], schema=SCHEMA, preserve_index=False)
            aside = path.with_suffix(".writing")
            pq.write_table(table, aside, compression="zstd")
            _flush(aside)
            aside.replace(path)
            _flush(self._folder)
        return ReadingsPart(path.name, city, pq.read_metadata(path).num_rows, digest_of(path))

    def digests(self) -> dict[str, str]:
        """SHA-256 of every file that is there, by name."""
        return {path.name: digest_of(path) for path in sorted(self._folder.glob("*.parquet"))}

    def select(self, *, streams: str | None = None, cities: Collection[str] | None = None) -> pd.DataFrame:
        """The newest version of every reading, ordered.

        streams: keeps those whose stream matches a LIKE pattern. cities: keeps those of these cities.
        """
        table = self.newest(streams=streams)
        if cities is not None:
            table = table.filter(table.city.isin(list(cities)))
        frame: pd.DataFrame = table.order_by(_ONE).to_pandas()
        return frame

    def cities_in(self, parts: Iterable[str]) -> set[str]:
        """The cities that files of readings tell of, by the names of the files."""
        found: set[str] = set()
        for part in parts:
            found |= set(pq.read_table(self._folder / part, columns=["city"])["city"].unique().to_pylist())
        return found

    def newest(self, *, streams: str | None = None) -> ibis.Table:
        """The same as a lazy expression: of several readings of one stream and time, the one received last."""
        table = self.all()
        if streams is not None:
            table = table.filter(table.stream.like(streams))
        latest = ibis.window(group_by=_ONE, order_by=[ibis.desc("version"), ibis.desc("received_at")])
        ranked = table.mutate(nth=ibis.row_number().over(latest))
        return ranked.filter(ranked.nth == 0).drop("nth")

    def all(self) -> ibis.Table:
        """Every reading ever received, as a lazy expression."""
        connection = ibis.duckdb.connect()
        connection.raw_sql("SET TimeZone = 'UTC'")
        if not any(self._folder.glob("*.parquet")):
            return connection.create_table("readings", schema=ibis.Schema.from_pyarrow(SCHEMA), temp=True)
        return connection.read_parquet(str(self._folder / "*.parquet"), table_name="readings")


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
