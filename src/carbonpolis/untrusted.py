"""Structured text from a stranger: read, or refused in a sentence, however it was made."""

from __future__ import annotations

import json
import tomllib
from typing import Any

# Deeper than any document that we read (a boundary in a collection of collections has 10), far above none of ours.
MOST_NESTED = 64


class Malformed(ValueError):
    """A text that can't be read: its message says why, as the end of a sentence about it."""


def json_of(text: str | bytes) -> Any:
    """What a JSON text says. bytes: UTF-8, UTF-16 or UTF-32, with or without a mark.

    Raises Malformed: no JSON, no Unicode, or nested deeper than 64 objects and lists.
    """
    try:
        found = json.loads(text.removeprefix("\ufeff") if isinstance(text, str) else text)
    except json.JSONDecodeError as problem:
        raise Malformed(f"it is no JSON (line {problem.lineno}: {problem.msg})") from None
    except UnicodeDecodeError:
        raise Malformed("it is no JSON (neither UTF-8 nor UTF-16 text)") from None
    except RecursionError:
        raise Malformed(_TOO_DEEP) from None
    except ValueError as problem:  # an integer of more digits than Python converts
        raise Malformed(f"it is no JSON ({str(problem).split(';')[0]})") from None
    if _deeper(found, MOST_NESTED):
        raise Malformed(_TOO_DEEP)
    return found


def toml_of(text: str) -> dict[str, Any]:
    """What a TOML text says. Raises Malformed: no TOML, or nested deeper than 64 tables and lists."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise Malformed(f"it is no TOML ({problem})") from None
    except RecursionError:
        raise Malformed(_TOO_DEEP) from None
    if _deeper(found, MOST_NESTED):
        raise Malformed(_TOO_DEEP)
    return found


_TOO_DEEP = f"it is nested too deeply (more than {MOST_NESTED} lists or objects in one another)"


def _deeper(value: Any, most: int) -> bool:
    """Whether containers lie deeper in one another than `most`; without recursion, a level at a time."""
    level = [value]
    for _ in range(most + 1):
        lists = [each if isinstance(each, list) else list(each.values()) for each in level if each.__class__ in _HOLD]
        level = [inner for each in lists if {*map(type, each)} & _HOLD for inner in each]
        if not level:
            return False
    return any(each.__class__ in _HOLD for each in level)


_HOLD = {dict, list}
