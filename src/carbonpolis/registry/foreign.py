"""Serial numbers of other registries: read as they print them, or stated by hand where no form of theirs is known.

A broker's help page counts the Climate Action Reserve's "1 to 29251" as 29,250 units; both ends count, so it is 29,251.
"""

from __future__ import annotations

import re
from functools import lru_cache

from carbonpolis.quantity import KG_PER_LOT
from carbonpolis.registry.foreign_forms import END, FORMS, START, STATED, ForeignSerials, printed
from carbonpolis.registry.serial_text import may_be_one, plain, registry_code, tokens

BY_HAND = "registry=ers; block=ERS-1-912-BR-VRU-2024-1; first=1; last=500; vintage=2024; project=912"
FIELDS = ("registry", "block", "first", "last", "vintage", "project")
UNITS_KG = {"t": KG_PER_LOT, "kg": 1}
LARGEST, LONGEST = 10**15, 400
_PROJECTED = re.compile("ERS-.*-PRU-.*")
_NOT_REMOVED = "are projected units (PRU): nothing was removed yet, and only VRU come in"
_BLOCK = re.compile(r"[0-9A-Z](?:[0-9A-Z .:/_+()-]*[0-9A-Z+)])?")
_THOUSANDS = re.compile(r"[0-9][.,' ][0-9]{3}(?![0-9])")


@lru_cache(maxsize=65_536)
def read_serials(text: str) -> ForeignSerials:
    """Read a range of serials as its registry prints it, or as it was stated by hand (`BY_HAND`).

    Leading zeros, blanks, capitals and the kind of dash make no difference. Raises ValueError for anything else, and
    for what could mean two things, with what to state instead.
    """
    if len(text) > LONGEST:
        raise ValueError(f"{text[:40]!r}... is longer than serials are ({LONGEST} characters): give one range")
    if "=" in text:
        return _by_hand(text)
    try:
        found = printed(plain(text))
    except ValueError as problem:
        raise ValueError(f"{text!r} is no serial range: {problem}. {_remedy()}") from None
    if len(found) > 1:
        ways = " or ".join(f"{each.count:,} units of {each.registry}'s block {each.block}" for each in found)
        raise ValueError(f"{text!r} may mean {ways}. {_remedy()}")
    if found:
        return found[0]
    raise ValueError(f"{text!r} {_why_unread(plain(text))}. {_remedy()}")


def state_serials(
    registry: str, block: str, first: int, last: int, vintage: int, project: str, *, unit: str = "t"
) -> ForeignSerials:
    """Serials said by hand: units `first` to `last` of a block, both included, each a tonne or (unit="kg") a kilogram.

    block: all that stands before the numbers, as printed. Where that and the numbers are a form that is known, the
    serials are read by it. Raises ValueError when something is missing, can't be, or contradicts what the block says.
    """
    code, kept, of = registry_code(registry), plain(block), plain(project)
    if not _BLOCK.fullmatch(kept):
        raise ValueError(f"block {block!r} can't be kept; expected letters and digits, with dashes between them")
    if not tokens(project) or not _BLOCK.fullmatch(of):
        raise ValueError(f"project {project!r} names none; expected its id in {registry}")
    if not 1 <= first <= last < LARGEST:
        raise ValueError(f"units {first} to {last} are no range; expected 1 <= first <= last, at most fifteen digits")
    if not 1900 <= vintage <= 2100:
        raise ValueError(f"vintage {vintage} is none; expected a year")
    if unit not in UNITS_KG:
        raise ValueError(f"no unit {unit!r}; choose from {', '.join(UNITS_KG)}")
    if _PROJECTED.fullmatch(kept):
        raise ValueError(f"{block!r} {_NOT_REMOVED}")
    for found in _read_anyway(kept, first, last) if unit == "t" else ():
        agree(found, registry=code, vintage=vintage, project=of)
        return found
    said = f"registry={code}; block={kept}; first={START}; last={END}; vintage={vintage}; project={of}"
    return ForeignSerials(
        registry=code,
        printed=said if unit == "t" else f"{said}; unit={unit}",
        block=kept,
        start=first,
        end=last,
        project=of,
        country="",
        vintage=vintage,
        form=STATED,
        key=tokens(kept),
        since=vintage,
        unit_kg=UNITS_KG[unit],
    )


def _read_anyway(block: str, first: int, last: int) -> list[ForeignSerials]:
    """What a block and its numbers read as, put together in each way in which registries do."""
    batch, _, rest = block.partition("-")
    for text in (f"{block}-{first}-{last}", f"{block}_{first}-{last}", f"{batch}-{first}-{last}-{rest}"):
        try:
            found = printed(text)
        except ValueError as problem:
            raise ValueError(f"{block!r}, {first} to {last}: {problem}") from None
        if found:
            return found
    return []


def agree(found: ForeignSerials, *, registry: str = "", vintage: int = 0, project: str = "") -> None:
    """Raise ValueError where what is said beside serials is not what they say themselves; "" and 0 say nothing."""
    says = f"{found.text} reads as one of {found.registry}'s"
    if registry and found.registry != registry_code(registry):
        raise ValueError(f"{says}, not {registry}'s; state one of the two")
    if vintage and not found.since <= vintage <= found.vintage:
        raise ValueError(f"{says} of vintage {found.vintage}, not {vintage}; state one of the two")
    if project and not may_be_one(tokens(found.project), tokens(project)):
        raise ValueError(f"{says} of project {found.project}, not {project}; state one of the two")


def _by_hand(text: str) -> ForeignSerials:
    said: dict[str, str] = {}
    for piece in filter(None, (each.strip() for each in text.split(";"))):
        name, equals, value = (each.strip() for each in piece.partition("="))
        if not equals or name.lower() in said or name.lower() not in (*FIELDS, "unit"):
            raise ValueError(f"{piece!r} in {text!r}: expected each of {', '.join(FIELDS)} once, as in {BY_HAND}")
        said[name.lower()] = value
    missing = [name for name in FIELDS if not said.get(name)]
    if missing:
        raise ValueError(f"{text!r} doesn't say its {' and '.join(missing)}; expected all of it, as in {BY_HAND}")
    figures = {}
    for name in ("first", "last", "vintage"):
        if not re.fullmatch("[0-9]{1,15}", plain(said[name])):
            raise ValueError(f"{name} {said[name]!r} in {text!r} is no whole number")
        figures[name] = int(plain(said[name]))
    return state_serials(
        said["registry"], said["block"], project=said["project"], unit=plain(said.get("unit", "t")).lower(), **figures
    )


def _why_unread(text: str) -> str:
    """What is wrong with plain text that is of no form."""
    forms = ", ".join(dict.fromkeys(form.registry for form in FORMS))
    if _THOUSANDS.search(text):
        return "has a number that may be one of thousands or two numbers: write it without a mark in it"
    if re.search(r"[;,]|\bAND\b", text):
        return "may be several ranges: give each by itself"
    if _PROJECTED.fullmatch(text):
        return _NOT_REMOVED
    if re.fullmatch("CDC_[^ ]*[- _][(0-9].*[0-9)]", text) and re.search(r"[0-9](-| TO )[0-9]", text):
        return "says no vintage at the end of its block: state it by hand"
    if text.startswith(("PURO_PR_", "CDC_", "ERS-", "ACR-", "CAR-")) and re.search(r"[-_ ][0-9]+$", text):
        return "names no first and last unit in the form of its registry: its last number may be a unit or a count"
    return f"is no serial range known here; expected one of {forms}"


def _remedy() -> str:
    return f"Give it as printed, such as ACR-US-192-2010-203-1 to 5000, or state it by hand: {BY_HAND}"
