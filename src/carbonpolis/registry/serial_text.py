"""One spelling for what people copy from registries: dashes, blanks, letters and zeros that say the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from carbonpolis.data import table

MINUS = "\N{MINUS SIGN}"
_TO = re.compile(r"(?<=[0-9])\s*(?:TO|\.{2,3}|\N{RIGHTWARDS ARROW})\s*(?=[0-9])")
_SET_OFF = re.compile(r"\s*([-_])\s*")
_TOKEN = re.compile(r"[A-Z]+|[0-9]+")
_SAID_ANYWAY = frozenset({"THE", "OF", "REGISTRY"})  # words that don't tell one registry from another


def plain(text: str) -> str:
    """The text in capitals with ASCII dashes and digits, without what can't be seen or stands around it.

    Every dash of Unicode, and a doubled one, is "-"; blanks around a dash or an underscore go, others become one; "to",
    dots and an arrow between two numbers are " TO ". Raises nothing: what is no serial stays none.
    """
    folded = unicodedata.normalize("NFKC", text)
    ascii_like = "".join(_ascii(character) for character in folded if unicodedata.category(character) != "Cf")
    joined = re.sub(r"-{2,}", "-", _SET_OFF.sub(r"\1", " ".join(ascii_like.upper().split())))
    return _TO.sub(" TO ", joined.strip(" \"'`.,;"))


def tokens(text: str) -> tuple[str, ...]:
    """Its runs of letters and of digits, in capitals and without leading zeros: "GS-0129" and "gs129" give the same."""
    return tuple(run.lstrip("0") or "0" if run.isdigit() else run for run in _TOKEN.findall(plain(text)))


def may_be_one(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two runs of tokens may name the same: one is the other with parts left out before its last.

    "203" may be "ACR-US-192-2010-203", and "9533" may be "GS9533".
    """
    short, long = sorted((some, others), key=len)
    if not short or short[-1] != long[-1]:
        return False
    rest = iter(long)
    return all(token in rest for token in short)


def registry_code(name: str) -> str:
    """The code of a registry by any of its names, as "verra" of "Verified Carbon Standard".

    A registry that the table doesn't know goes by the words of its name. Raises ValueError when there are none.
    """
    words = tuple(word for word in re.findall(r"[A-Z0-9]+", plain(name)) if word not in _SAID_ANYWAY)
    if not words:
        raise ValueError(f"{name!r} names no registry; expected one such as verra or Gold Standard")
    return _aliases().get(words) or "-".join(words).lower()


@cache
def _aliases() -> dict[tuple[str, ...], str]:
    found = {}
    for row in table("foreign_registries"):
        for name in (row["code"], row["name"], *row["aliases"].split(";")):
            words = tuple(word for word in re.findall(r"[A-Z0-9]+", name.upper()) if word not in _SAID_ANYWAY)
            if words:
                found[words] = row["code"]
    return found


def _ascii(character: str) -> str:
    if character == MINUS or unicodedata.category(character) == "Pd":
        return "-"
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
