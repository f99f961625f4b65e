"""A key names one content: the idempotency key of a command, and a digest of what the command was given.

Whoever repeats a call with the same key and the same arguments gets the first answer again. With other arguments the
key would answer for something that was never done; so what was given is kept with the key, as a digest, and compared.

`desk` does it for every method of a desk that takes a key, so that none can forget it: the digest is made from the
arguments as the caller gave them (defaults filled in), never from what the method derives of them, such as the time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import PurePath
from typing import Any, TypeVar

import msgspec
import numpy as np
import pandas as pd

from carbonpolis.errors import CarbonpolisError, KeyReused
from carbonpolis.ledger import Account, Posted, Rows, Transfer
from carbonpolis.store.journal import Answered

DIGEST_BYTES = 16
Desk = TypeVar("Desk", bound=type[Any])


class Key(str):
    """An idempotency key with a digest of the command's arguments, 16 bytes; b"" where it stands for no call."""

    __slots__ = ("content",)
    content: bytes

    @classmethod
    def of(cls, key: str, arguments: Mapping[str, Any]) -> Key:
        """A key for a call with these arguments, by name."""
        made = cls(key)
        made.content = digest_of(arguments)
        return made


def content_of(key: str) -> bytes:
    """The digest that a key carries; b"" for a plain one."""
    return key.content if isinstance(key, Key) else b""


def desk(made: Desk) -> Desk:
    """Let every public method of a class that takes `key=` keep the content of its calls with it."""
    for name, method in vars(made).copy().items():
        if not name.startswith("_") and callable(method) and _takes_key(method):
            setattr(made, name, _keyed(method))
    made.keeps_content = True
    return made


def _takes_key(method: Callable[..., Any]) -> bool:
    given = signature(method).parameters.get("key")
    return given is not None and given.kind is Parameter.KEYWORD_ONLY


def digest_of(arguments: Mapping[str, Any]) -> bytes:
    """A digest of arguments by name, 16 bytes: the same on every machine and in every process, in any order.

    Values may be what desks take: plain values, days, enumerations, records, arrays, frames, and collections of these.
    Raises TypeError for what has no content of its own, such as a function, and ValueError for a whole number beyond
    64 bits.
    """
    try:
        try:
            content = _encode(arguments)
        except TypeError:  # a mapping by something else than text, somewhere inside
            content = _encode(_spelled(arguments))
    except OverflowError:
        raise ValueError("a number beyond 64 bits; no quantity of tonnes or money is so large") from None
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).digest()


def check_same(key: str, command: str, who: str, before: Answered) -> None:
    """Raise KeyReused where a key was used for something else than what is asked now.

    Of commands that an older version committed nobody kept what they were given: command and giver are compared.
    """
    content = content_of(key)
    same = before.command == command and not before.row
    if same and content:
        same = before.content == content if before.content else before.who == who
    if not same:
        raise KeyReused(str(key), command, before.command, before.who, before.at)


def reused_rows(
    rows: Rows, posted: Posted, used: Mapping[str, Answered], moved: Mapping[str, Transfer], command: str, at: str
) -> dict[int, CarbonpolisError]:
    """Of rows whose key was used, by row, those that are another command than the one it was used for, and why.

    used: for what keys were used before this call; moved: what the rows among those moved. at: the moment of this call.
    """
    again, done = np.flatnonzero(posted.seen).tolist(), dict(moved)
    if any(rows.keys[row] not in used for row in again):  # used by a row before it, of this call
        for row in np.flatnonzero(posted.accepted).tolist():
            done.setdefault(rows.keys[row], rows.moved.transfer(row))
    found: dict[int, CarbonpolisError] = {}
    for row in again:
        key = rows.keys[row]
        before = used.get(key, Answered("{}", command, "this call", at, row=True))
        if before.command != command or not before.row or done.get(key) != rows.moved.transfer(row):
            found[row] = KeyReused(key, command, before.command, before.who, before.at)
    return found


def _keyed(method: Callable[..., Any]) -> Callable[..., Any]:
    expected = signature(method)

    @wraps(method)
    def called(*given: Any, **named: Any) -> Any:
        given, named = _kept(given), dict(zip(named, _kept(tuple(named.values())), strict=True))
        bound = _bound(expected, given, named)
        if not isinstance(bound.get("key"), str):
            return method(*given, **named)  # it says itself what is missing
        key = bound.pop("key")
        bound.pop(next(iter(expected.parameters)))  # the desk
        named = {**named, "key": Key.of(key, bound)}
        return method(*given, **named)

    return called


def _kept(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Values that can be read twice: what comes one by one is gathered."""
    return tuple([tuple(value) if isinstance(value, Iterator) else value for value in values])


def _bound(expected: Signature, given: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    try:
        bound = expected.bind(*given, **named)
    except TypeError:
        return {}
    bound.apply_defaults()
    return dict(bound.arguments)


def _plain(value: Any) -> Any:
    """What the encoder doesn't know by itself, as something that it does."""
    if isinstance(value, Account):
        return list(map(str, value.name))
    if isinstance(value, pd.DataFrame):
        return [[str(name), _plain(value[name].to_numpy())] for name in value.columns]
    if isinstance(value, pd.Series | pd.Index):
        return _plain(value.to_numpy())
    if isinstance(value, np.ndarray):
        return [list(value.shape), _array(value)]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Sequence):
        return list(value)
    if "__str__" in vars(type(value)):  # quantities and months say what they are
        return str(value)
    raise TypeError(f"a {type(value).__name__} can't be an argument of a command: it has no content to keep")


def _spelled(value: Any) -> Any:
    """A value with its mappings as pairs in order, which the encoder can't sort by other keys than text."""
    if isinstance(value, Mapping):
        pairs = [[_spelled(key), _spelled(each)] for key, each in value.items()]
        return sorted(pairs, key=_encode)
    if is_dataclass(value) and not isinstance(value, type | Account):
        return [_spelled(getattr(value, each.name)) for each in fields(value)]
    if isinstance(value, list | tuple):
        return [_spelled(each) for each in value]
    return value


def _array(values: np.ndarray[Any, Any]) -> Any:
    """What an array holds; of numbers and moments a digest of their bytes, little-endian."""
    if values.dtype.kind in "biufmM":
        small = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<")))
        return [values.dtype.kind, hashlib.blake2b(small.tobytes(), digest_size=DIGEST_BYTES).digest()]
    return [None if each is None or each != each else str(each) for each in values.ravel().tolist()]


_encode = msgspec.msgpack.Encoder(order="deterministic", enc_hook=_plain).encode
