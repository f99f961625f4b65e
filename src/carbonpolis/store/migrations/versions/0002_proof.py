"""Accounts by number, narrow postings, a commit chain over Merkle leaves, and signed checkpoints.

What the old tables hold is checked against its old digests, then written anew. Everything here is spelled out, so that
later changes of the live code never change this step.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from carbonpolis.errors import FolderProblem

revision = "0002"
down_revision = "0001"

_OLD = ("entries", "postings", "events", "balances", "entities")
_INDEXES = ("entries_by_seq", "entries_by_key", "postings_by_seq", "postings_by_asset", "events_by_seq")
_WHY = [
    "deposit",
    "withdraw",
    "issue",
    "buffer",
    "reserve",
    "release",
    "deliver",
    "pay",
    "fee",
    "tax",
    "congestion",
    "oblige",
    "cover",
    "retire",
    "draw",
    "repay",
    "surcharge",
    "cancel",
]


def upgrade() -> None:
    """Set the old tables aside, make the new ones, carry everything over, drop the old."""
    for index in _INDEXES:
        op.drop_index(index)
    for name in _OLD:
        op.rename_table(name, f"old_{name}")
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"ALTER INDEX {name}_pkey RENAME TO old_{name}_pkey")
    _tables()
    _carry_over(op.get_bind())
    for name in _OLD:
        op.drop_table(f"old_{name}")


def _tables() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    big, text = sa.BigInteger(), sa.Text()
    name: dict[str, Any] = {"city": sa.String(12), "owner": sa.String(80), "asset": sa.String(80)}
    thing: dict[str, Any] = {"city": sa.String(12), "kind": sa.String(40), "id": sa.String(120)}
    place: dict[str, Any] = {"seq": big, "line": sa.Integer()}
    _create("accounts", {"id": number, **name, "purpose": sa.String(20), "opened": big}, ["id"])
    op.create_index("accounts_by_name", "accounts", ["city", "owner", "asset", "purpose"], unique=True)
    op.create_index("accounts_by_asset", "accounts", ["asset"])
    head: dict[str, Any] = {"key": sa.String(200), "at": sa.String(40), "command": sa.String(80), "who": sa.String(80)}
    tail: dict[str, Any] = {"answer": text, "upto": big, "leaf": sa.LargeBinary(32)}
    _create("entries", {"seq": number, "city": sa.String(12), **head, **tail}, ["seq"])
    op.create_index("entries_by_key", "entries", ["key"], unique=True)
    op.create_index("entries_by_upto", "entries", ["upto"])
    _create("postings", {"n": number, "debit": big, "credit": big, "amount": big, "why": big}, ["n"])
    _create("events", {**place, **thing, "body": text}, ["seq", "line"])
    _create("commits", {"last": number, "previous": sa.String(64), "digest": sa.String(64)}, ["last"])
    _create("checkpoints", {"size": number, "body": text, "signature": sa.String(128)}, ["size"])
    _create("balances", {"account": number, "amount": big}, ["account"])
    _create("entities", {**thing, **place, "body": text}, ["city", "kind", "id"])
    op.create_index("entities_by_event", "entities", ["seq", "line"])


def _create(name: str, columns: dict[str, Any], key: list[str]) -> None:
    made = [sa.Column(label, kind, nullable=False, autoincrement=False) for label, kind in columns.items()]
    op.create_table(name, *made, sa.PrimaryKeyConstraint(*key))


def _carry_over(bind: sa.Connection) -> None:
    """Every old entry, checked, under the new hashes; one commit seals them all."""
    numbers: dict[tuple[str, str, str, str], int] = {}
    leaves: list[bytes] = []
    upto, previous = 0, "0" * 64
    postings = _lines(bind, "old_postings")
    events = _lines(bind, "old_events")
    posted, happened = next(postings, None), next(events, None)
    for row in bind.execute(sa.text("SELECT * FROM old_entries ORDER BY seq")).mappings():
        own: list[Any] = []
        if posted and posted[0] == row["seq"]:
            own, posted = posted[1], next(postings, None)
        lines: list[Any] = []
        if happened and happened[0] == row["seq"]:
            lines, happened = happened[1], next(events, None)
        if _old_digest(row, previous, own, lines) != row["digest"] or row["previous"] != previous:
            raise FolderProblem("the journal", f"entry {row['seq']} does not hold; nothing was changed.")
        previous = row["digest"]
        leaves.append(_carry_entry(bind, row, own, lines, numbers, upto))
        upto += len(own)
    if leaves:
        content = bytes(32) + len(leaves).to_bytes(8, "little") + b"".join(leaves)
        commit = {"last": len(leaves), "previous": "0" * 64, "digest": hashlib.sha256(content).hexdigest()}
        _insert(bind, "commits", [commit])
    bind.execute(sa.text("INSERT INTO entities SELECT city, kind, id, seq, line, body FROM old_entities"))
    found = bind.execute(sa.text("SELECT city, owner, asset, purpose, amount FROM old_balances")).all()
    _insert(bind, "balances", [{"account": numbers[tuple(row[:4])], "amount": row[4]} for row in found])


def _carry_entry(bind: sa.Connection, row: Any, own: list[Any], lines: list[Any], numbers: Any, upto: int) -> bytes:
    """Write one entry under the new layout; returns its leaf hash."""
    seq, opened, rows = row["seq"], [], []
    for line, old in enumerate(own, start=1):
        sides = []
        for city, owner, purpose in (
            (old["city"], old["debit_owner"], old["debit_purpose"]),
            (old["credit_city"], old["credit_owner"], old["credit_purpose"]),
        ):
            name = (city, owner, old["asset"], purpose)
            if name not in numbers:
                numbers[name] = len(numbers) + 1
                opened.append((numbers[name], *name))
            sides.append(numbers[name])
        code = _WHY.index(old["why"]) + 1
        rows.append({"n": upto + line, "debit": sides[0], "credit": sides[1], "amount": old["amount"], "why": code})
    labels = ("id", "city", "owner", "asset", "purpose")
    _insert(bind, "accounts", [{**dict(zip(labels, each, strict=True)), "opened": seq} for each in opened])
    _insert(bind, "postings", rows)
    _insert(bind, "events", [{**line} for line in lines])
    packed = b"".join(struct.pack("<QQqH", r["debit"], r["credit"], r["amount"], r["why"]) for r in rows)
    parts = (
        _part(b"".join(_leaf(msgspec.msgpack.encode(each)) for each in opened), 32),
        _part(packed, 26),
        _part(b"".join(_leaf(msgspec.msgpack.encode([e["city"], e["kind"], e["id"], e["body"]])) for e in lines), 32),
    )
    head = [row[name] for name in ("seq", "city", "key", "at", "command", "who", "answer")]
    leaf = _leaf(msgspec.msgpack.encode([*head, *(field for part in parts for field in part)]))
    kept = {name: row[name] for name in ("seq", "city", "key", "at", "command", "who", "answer")}
    _insert(bind, "entries", [{**kept, "upto": upto + len(rows), "leaf": leaf}])
    return leaf


def _lines(bind: sa.Connection, table: str) -> Iterator[tuple[int, list[Any]]]:
    rows = bind.execute(sa.text(f"SELECT * FROM {table} ORDER BY seq, line")).mappings()
    return ((seq, list(lines)) for seq, lines in groupby(rows, key=lambda row: row["seq"]))


def _old_digest(row: Any, previous: str, own: list[Any], lines: list[Any]) -> str:
    sides = ("city", "debit_owner", "debit_purpose", "credit_city", "credit_owner", "credit_purpose")
    content = [
        *(row[name] for name in ("seq", "key", "at", "command", "who", "answer")),
        [[*(old[name] for name in sides), old["asset"], old["amount"], old["why"]] for old in own],
        [[line["city"], line["kind"], line["id"], line["body"]] for line in lines],
    ]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous.encode() + text.encode()).hexdigest()


def _part(items: bytes, width: int) -> tuple[int, bytes]:
    """How many items a part has, and what an entry's bytes hold of it."""
    count, step = len(items) // width, 64 * width
    if count <= 64:
        return count, items
    return count, _root([_leaf(items[at : at + step]) for at in range(0, len(items), step)])


def _root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + _root(leaves[:split]) + _root(leaves[split:])).digest()


def _leaf(content: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + content).digest()


def _insert(bind: sa.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        names = list(rows[0])
        places = ", ".join(f":{name}" for name in names)
        bind.execute(sa.text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"), rows)
