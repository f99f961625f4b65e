"""The journal's tables. Each carries `city` and is keyed by it first, so that the journal can be spread by city."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, PrimaryKeyConstraint, String, Table, Text

metadata = MetaData()

# `city` of an entry is where the command was given; "*" where it concerns several cities at once.
entries = Table(
    "entries",
    metadata,
    Column("city", String(12), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("key", String(200), nullable=False),
    Column("at", String(40), nullable=False),
    Column("command", String(80), nullable=False),
    Column("who", String(80), nullable=False),
    Column("answer", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    PrimaryKeyConstraint("city", "seq"),
    Index("entries_by_seq", "seq", unique=True),
    Index("entries_by_key", "key", unique=True),
)

postings = Table(
    "postings",
    metadata,
    Column("city", String(12), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("line", Integer, nullable=False),
    Column("debit_owner", String(80), nullable=False),
    Column("debit_purpose", String(20), nullable=False),
    Column("credit_city", String(12), nullable=False),
    Column("credit_owner", String(80), nullable=False),
    Column("credit_purpose", String(20), nullable=False),
    Column("asset", String(80), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("why", String(20), nullable=False),
    PrimaryKeyConstraint("city", "seq", "line"),
    Index("postings_by_seq", "seq", "line"),
    Index("postings_by_asset", "asset", "seq", "line"),
)

events = Table(
    "events",
    metadata,
    Column("city", String(12), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("line", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("id", String(120), nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("city", "seq", "line"),
    Index("events_by_seq", "seq", "line"),
)

balances = Table(
    "balances",
    metadata,
    Column("city", String(12), nullable=False),
    Column("owner", String(80), nullable=False),
    Column("asset", String(80), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("amount", BigInteger, nullable=False),
    PrimaryKeyConstraint("city", "owner", "asset", "purpose"),
)

# Each thing as its latest event left it; can always be made again from `events`.
entities = Table(
    "entities",
    metadata,
    Column("city", String(12), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("id", String(120), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("line", Integer, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("city", "kind", "id"),
)
