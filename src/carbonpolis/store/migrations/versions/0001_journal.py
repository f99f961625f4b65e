"""The first journal: entries, postings, events, and the two tables made from them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the five tables. Spelled out, so that later changes of the live tables never change this step."""
    _create("entries", ["city:12", "seq:b", "key:200", "at:40", "command:80", "who:80", "answer:t", *_DIGESTS], 2)
    op.create_index("entries_by_seq", "entries", ["seq"], unique=True)
    op.create_index("entries_by_key", "entries", ["key"], unique=True)
    parties = ["debit_owner:80", "debit_purpose:20", "credit_city:12", "credit_owner:80", "credit_purpose:20"]
    _create("postings", ["city:12", "seq:b", "line:i", *parties, "asset:80", "amount:b", "why:20"], 3)
    op.create_index("postings_by_seq", "postings", ["seq", "line"])
    op.create_index("postings_by_asset", "postings", ["asset", "seq", "line"])
    _create("events", ["city:12", "seq:b", "line:i", "kind:40", "id:120", "body:t"], 3)
    op.create_index("events_by_seq", "events", ["seq", "line"])
    _create("balances", ["city:12", "owner:80", "asset:80", "purpose:20", "amount:b"], 4)
    _create("entities", ["city:12", "kind:40", "id:120", "seq:b", "line:i", "body:t"], 3)


_DIGESTS = ["previous:64", "digest:64"]


def _create(name: str, columns: list[str], key_columns: int) -> None:
    """Create a table of NOT NULL columns written as "name:type": b bigint, i integer, t text, a number a length."""
    kinds: dict[str, sa.types.TypeEngine[Any]] = {"b": sa.BigInteger(), "i": sa.Integer(), "t": sa.Text()}
    parsed = [column.split(":") for column in columns]
    op.create_table(
        name,
        *(sa.Column(label, kinds.get(kind) or sa.String(int(kind)), nullable=False) for label, kind in parsed),
        sa.PrimaryKeyConstraint(*(label for label, _ in parsed[:key_columns])),
    )
