"""The words that a framework file may hold, and what each takes: one that is not known here is never passed over.

A slip of the pen in a file would else be a choice that nobody made: the weight that was meant stays 1, in silence.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from inspect import Parameter, signature
from typing import Any

from carbonpolis.evaluate.score.normalise import METHODS as NORMALISATIONS

FILE = ("name", "version", "scale", "flip", "source", "note", "uncertainty", "variant", "node", "indicator")
UNCERTAINTY = ("normalisations", "treatments", "aggregations", "imputations", "concentration", "flip")
VARIANT = ("name", "leave_out", "turn", "other", "why")
NODE = ("name", "parent", "weight", "aggregation", "observed", "weights", "note", "source")
INDICATOR = (
    *("symbol", "parent", "weight", "direction", "low", "high", "ambiguous", "note", "source", "denominator"),
    *("treatment", "normalisation", "options", "other"),
)
_ELSEWHERE = {  # a word that means something in another kind of table
    "direction": "only indicators have a direction; turn those under it, or name a variant that does (turn = [...])",
    "aggregation": "only nodes join others",
    "observed": "only nodes have a share that must be observed",
}


def check_words(data: Mapping[str, Any]) -> None:
    """Raises ValueError for a table of the file with a word that is not known, naming place and nearest word."""
    _known(data, FILE, "the file")
    for title, words, name in (
        ("node", NODE, "name"),
        ("indicator", INDICATOR, "symbol"),
        ("variant", VARIANT, "name"),
    ):
        for number, table in enumerate(_tables(data, title), start=1):
            _known(table, words, f"{title} {table.get(name, number)}")
    _known(_table(data.get("uncertainty", {}), "uncertainty"), UNCERTAINTY, "uncertainty")
    for table in _tables(data, "indicator"):
        where = f"indicator {table.get('symbol')}"
        options = _table(table.get("options", {}), f"{where}, options")
        method = NORMALISATIONS.get(str(table.get("normalisation")))
        _known(options, _options(method), f"{where}, options")


def number(data: Mapping[str, Any], word: str, default: float | None = None) -> float:
    """The number under a word. Raises KeyError where it is missing and needed, ValueError where it is none."""
    given = data[word] if default is None else data.get(word, default)
    if isinstance(given, bool) or not isinstance(given, int | float) or math.isinf(given):
        raise ValueError(f"{word} is {given!r}; expected a number")
    return float(given)


def direction(data: Mapping[str, Any]) -> int:
    """1 where more is better, -1 where less is. Raises KeyError, or ValueError for anything else."""
    given = data["direction"]
    if isinstance(given, bool) or given not in (1, -1):
        raise ValueError(f"direction is {given!r}; expected a direction of 1 or -1 (1: more is better)")
    return int(given)


def flag(data: Mapping[str, Any], word: str) -> bool:
    """true or false under a word, false where it is missing. Raises ValueError for anything else."""
    given = data.get(word, False)
    if not isinstance(given, bool):
        raise ValueError(f"{word} is {given!r}; expected true or false, without quotes")
    return given


def texts(data: Mapping[str, Any], word: str) -> tuple[str, ...]:
    """A list of texts under a word, empty where it is missing. Raises ValueError for anything else."""
    given = data.get(word, [])
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        raise ValueError(f"{word} is {given!r}; expected a list of names in square brackets")
    return tuple(given)


def _known(table: Mapping[str, Any], words: Collection[str], where: str) -> None:
    for word in table:
        if word in words:
            continue
        if word in _ELSEWHERE:
            raise ValueError(f"{where}: {word}; {_ELSEWHERE[word]}")
        near = get_close_matches(word, words, n=1, cutoff=0.6)
        told = f"did you mean {near[0]}?" if near else f"it takes {', '.join(words) or 'none'}"
        raise ValueError(f"{where}: {word} is not known; {told}")


def _tables(data: Mapping[str, Any], title: str) -> list[Mapping[str, Any]]:
    given = data.get(title, [])
    if not isinstance(given, list | tuple):
        raise ValueError(f"{title} stands in [{title}]; expected [[{title}]], one table each")
    return [_table(each, title) for each in given]


def _table(given: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ValueError(f"{where} is {given!r}; expected a table")
    return given


def _options(method: Any) -> tuple[str, ...]:
    """What a normalisation takes beside values and directions."""
    if method is None:
        return ()
    return tuple(name for name, each in signature(method).parameters.items() if each.kind is Parameter.KEYWORD_ONLY)
