"""Many rows at once, the fastest way each database has: prepared statements on SQLite, COPY on PostgreSQL.

The statements come from the tables by SQLAlchemy; only the way rows travel differs, and only here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from sqlalchemy import BigInteger, Connection, CursorResult, Integer, LargeBinary, Table
from sqlalchemy.dialects import sqlite

Rows = Sequence[tuple[Any, ...]]
Integers = npt.NDArray[np.int64]
ROWS_A_STATEMENT = (100, 10, 1)
_COPY_HEAD, _COPY_TAIL = 19, 2  # bytes before the first and after the last row of a binary COPY


def insert(connection: Connection, table: Table, rows: Rows) -> None:
    """Append rows, each a tuple in the order of the table's columns."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        _many(connection, _insert_text, table, list(chain.from_iterable(rows)))
        return
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    with (
        _driver(connection).cursor() as cursor,
        cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy,
    ):
        copy.set_types([_type_name(column.type) for column in table.columns])
        for row in rows:
            copy.write_row(row)


def insert_integers(connection: Connection, table: Table, rows: Integers) -> None:
    """Append rows of a table whose columns are all integers."""
    if not len(rows):
        return
    if connection.dialect.name == "sqlite":
        _many(connection, _insert_text, table, rows.ravel().tolist())
        return
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    with (
        _driver(connection).cursor() as cursor,
        cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN (FORMAT BINARY)') as copy,
    ):
        copy.write(_binary(rows, _widths(table)))


def upsert(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows, or take the place of those with the same primary key; no key twice among `rows`."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        _many(connection, _upsert_text, table, list(chain.from_iterable(rows)))
        return
    columns = tuple(list(column) for column in zip(*rows, strict=True))
    connection.exec_driver_sql(_unnest_text(table), columns)


def upsert_integers(connection: Connection, table: Table, rows: Integers) -> None:
    """`upsert` for a table whose columns are all integers."""
    if not len(rows):
        return
    if connection.dialect.name == "sqlite":
        _many(connection, _upsert_text, table, rows.ravel().tolist())
        return
    connection.exec_driver_sql(_unnest_text(table), tuple(column.tolist() for column in rows.T))


def integers(connection: Connection, names: Sequence[str], source: str) -> list[Integers]:
    """Columns of 64-bit integers of `source` ("TABLE WHERE ... ORDER BY ..."). Raises ValueError for anything else."""
    if connection.dialect.name == "sqlite":
        arrays = ", ".join(f"json_group_array({name})" for name in names)
        query = f"SELECT count(*), {arrays} FROM (SELECT {', '.join(names)} FROM {source})"
        count, *texts = rows_of(connection.exec_driver_sql(query))[0]
        return [_whole_numbers(text, count) for text in texts]
    query = f"SELECT {', '.join(names)} FROM {source}"
    with _driver(connection).cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as copy:
        content = b"".join(copy)
    fields = [("count", ">i2")]
    for column in range(len(names)):
        fields += [(f"length{column}", ">i4"), (f"value{column}", ">i8")]
    row = np.dtype(fields)
    count = (len(content) - _COPY_HEAD - _COPY_TAIL) // row.itemsize
    found = np.frombuffer(content, dtype=row, offset=_COPY_HEAD, count=count)
    return [found[f"value{column}"].astype(np.int64) for column in range(len(names))]


def columns(connection: Connection, kinds: Mapping[str, type[Any]], source: str) -> list[list[Any]]:
    """Columns of `source`, each a list. kinds: by name, int, str or bytes. Raises ValueError for anything else.

    SQLite gives whole columns as JSON: a value then costs a third of what a row's tuple and its fields cost.
    """
    if connection.dialect.name != "sqlite":
        rows = rows_of(connection.exec_driver_sql(f"SELECT {', '.join(kinds)} FROM {source}"))
        return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in kinds]
    given = (
        f"json_group_array(hex({name}))" if kind is bytes else f"json_group_array({name})"
        for name, kind in kinds.items()
    )
    texts = rows_of(
        connection.exec_driver_sql(f"SELECT {', '.join(given)} FROM (SELECT {', '.join(kinds)} FROM {source})")
    )[0]
    found: list[list[Any]] = []
    for (name, kind), text in zip(kinds.items(), texts, strict=True):
        try:
            values = _LISTS[kind](text)
        except msgspec.DecodeError as problem:
            raise ValueError(f"a stored {name} can't be read: {problem}") from None
        found.append([bytes.fromhex(value) for value in values] if kind is bytes else values)
    return found


_LISTS: dict[type[Any], Callable[[str], list[Any]]] = {
    int: msgspec.json.Decoder(list[int]).decode,
    str: msgspec.json.Decoder(list[str]).decode,
    bytes: msgspec.json.Decoder(list[str]).decode,
}


def _whole_numbers(text: str, count: int) -> Integers:
    """A JSON array of `count` numbers; SQLite keeps a fraction or a text in a column of integers too."""
    try:
        found: Integers = np.fromstring(text[1:-1], dtype=np.int64, sep=",") if count else np.zeros(0, np.int64)
    except (DeprecationWarning, ValueError):
        found = np.zeros(0, np.int64)
    if len(found) != count:
        raise ValueError("a stored number is no whole number")
    return found


def matching(connection: Connection, before: str, keys: Sequence[str], after: str = "") -> Rows:
    """Rows of the query `before (keys) after`, where `before` ends in "IN"; any number of keys travels as one value."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(f"{before} (SELECT value FROM json_each(?)){after}", (_json(keys),))
    else:
        found = connection.exec_driver_sql(f"{before} (SELECT unnest(%s::text[])){after}", (list(keys),))
    return rows_of(found)


def looked_up(connection: Connection, before: str, on: str, keys: Sequence[str]) -> Rows:
    """Rows of the query `before [keys] JOIN on`, each key looked up in the index of the column that `on` ends with."""
    if connection.dialect.name == "sqlite":  # a plain IN would sort the keys first, which takes longer than looking
        found = connection.exec_driver_sql(
            f"{before} json_each(?) AS given CROSS JOIN {on} = given.value", (_json(keys),)
        )
    else:
        found = connection.exec_driver_sql(
            f"{before} unnest(%s::text[]) AS given (value) JOIN {on} = given.value", (list(keys),)
        )
    return rows_of(found)


def _json(keys: Sequence[str]) -> str:
    return msgspec.json.encode(keys).decode()


def rows_of(found: CursorResult[Any]) -> Rows:
    """Every row of an answer as the driver's own tuples: what a million rows need."""
    rows: Rows = found.cursor.fetchall()
    found.close()
    return rows


def _many(connection: Connection, text: Callable[[Table, int], str], table: Table, values: list[Any]) -> None:
    """Run statements of many rows each, the values given one after the other: a third of the time of one a row.

    Only few sizes of statement, so that all of them stay prepared.
    """
    width, start = len(table.columns), 0
    cursor = connection.connection.cursor()
    for rows in ROWS_A_STATEMENT:
        step = rows * width
        statement = text(table, rows) if len(values) - start >= step else ""
        while len(values) - start >= step:
            cursor.execute(statement, values[start : start + step])
            start += step
    cursor.close()


def _driver(connection: Connection) -> Any:
    """The driver's own connection: COPY has no other way in."""
    return connection.connection.driver_connection


@cache
def _insert_text(table: Table, rows: int) -> str:
    return _repeated(str(table.insert().compile(dialect=sqlite.dialect())), table, rows)


@cache
def _upsert_text(table: Table, rows: int) -> str:
    statement = sqlite.insert(table)
    keys = [column.name for column in table.primary_key]
    values = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    whole = statement.on_conflict_do_update(index_elements=keys, set_=values)
    return _repeated(str(whole.compile(dialect=sqlite.dialect())), table, rows)


def _repeated(statement: str, table: Table, rows: int) -> str:
    """A statement for one row as one for several."""
    one = f"({', '.join('?' * len(table.columns))})"
    before, found, after = statement.partition(f"VALUES {one}")
    assert found, statement
    return before + "VALUES " + ", ".join([one] * rows) + after


@cache
def _unnest_text(table: Table) -> str:
    """One statement for any number of rows: each column travels as one array."""
    names = [f'"{column.name}"' for column in table.columns]
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
    arrays = ", ".join(f"%s::{_type_name(column.type)}[]" for column in table.columns)
    values = ", ".join(f"{name} = excluded.{name}" for name in names if name.strip('"') not in table.primary_key)
    return (
        f'INSERT INTO "{table.name}" ({", ".join(names)}) SELECT * FROM unnest({arrays}) '
        f"ON CONFLICT ({keys}) DO UPDATE SET {values}"
    )


def _type_name(kind: Any) -> str:
    if isinstance(kind, LargeBinary):
        return "bytea"
    if isinstance(kind, BigInteger):
        return "bigint"
    return "integer" if isinstance(kind, Integer) else "text"


def _widths(table: Table) -> list[int]:
    return [8 if isinstance(column.type, BigInteger) else 4 for column in table.columns]


def _binary(rows: npt.NDArray[np.int64], widths: list[int]) -> bytes:
    """Rows of integers in PostgreSQL's binary COPY format (its documentation of COPY, section "Binary Format")."""
    fields: list[tuple[str, str]] = [("count", ">i2")]
    for column, width in enumerate(widths):
        fields += [(f"length{column}", ">i4"), (f"value{column}", f">i{width}")]
    packed = np.empty(len(rows), dtype=np.dtype(fields))
    packed["count"] = len(widths)
    for column, width in enumerate(widths):
        packed[f"length{column}"] = width
        packed[f"value{column}"] = rows[:, column]
    return b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0) + packed.tobytes() + struct.pack(">h", -1)
