"""The journal's tables: what was decided (entries, postings, events, commits), and what is made from it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

metadata = MetaData()

# SQLite's own row number is this kind of column; rows are then found and appended with no index beside the table.
_Number = BigInteger().with_variant(Integer, "sqlite")


def _number(name: str) -> Column[int]:
    return Column(name, _Number, primary_key=True, autoincrement=False)


# Numbered from 1 without a gap. `opened` is the entry that an account came into being with.
accounts = Table(
    "accounts",
    metadata,
    _number("id"),
    Column("city", String(12), nullable=False),
    Column("owner", String(80), nullable=False),
    Column("asset", String(80), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("opened", BigInteger, nullable=False),
    Index("accounts_by_name", "city", "owner", "asset", "purpose", unique=True),
    Index("accounts_by_asset", "asset"),
)

# `city` is where the command was given; "*" where it concerns several. `upto`: number of the entry's last posting.
# `leaf`: SHA-256 of its canonical bytes (ledger/journal.py), its leaf in the Merkle tree.
entries = Table(
    "entries",
    metadata,
    _number("seq"),
    Column("city", String(12), nullable=False),
    Column("key", String(200), nullable=False),
    Column("at", String(40), nullable=False),
    Column("command", String(80), nullable=False),
    Column("who", String(80), nullable=False),
    Column("answer", Text, nullable=False),
    Column("upto", BigInteger, nullable=False),
    Column("leaf", LargeBinary(32), nullable=False),
    Index("entries_by_key", "key", unique=True),
    Index("entries_by_upto", "upto"),
)

# Of entries that were given with an idempotency key: a digest of what they were given (docs/adr/0025).
contents = Table(
    "contents",
    metadata,
    _number("seq"),
    Column("digest", LargeBinary(16), nullable=False),
)

# Of entries whose transfers are commands of their own: their keys in order, as ledger/rows.py stores them.
row_keys = Table(
    "row_keys",
    metadata,
    _number("seq"),
    Column("listed", LargeBinary, nullable=False),
)

# Numbered from 1 without a gap over the whole journal. `why` is the code of ledger/transfer.py.
postings = Table(
    "postings",
    metadata,
    _number("n"),
    Column("debit", BigInteger, nullable=False),
    Column("credit", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("why", BigInteger, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("seq", BigInteger, nullable=False),
    Column("line", Integer, nullable=False),
    Column("city", String(12), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("id", String(120), nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("seq", "line"),
)

# One row a group of entries that became durable together: the hash chain.
commits = Table(
    "commits",
    metadata,
    _number("last"),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)

# Signed heads of the Merkle tree over entries 1 to `size`.
checkpoints = Table(
    "checkpoints",
    metadata,
    _number("size"),
    Column("body", Text, nullable=False),
    Column("signature", String(128), nullable=False),
)

# Made from the postings; can always be made again.
balances = Table(
    "balances",
    metadata,
    _number("account"),
    Column("amount", BigInteger, nullable=False),
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
    Index("entities_by_event", "seq", "line"),
)
