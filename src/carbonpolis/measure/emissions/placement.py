"""Where an activity may stand: the references that hold its kind, and names that became too wide for one factor."""

from __future__ import annotations

from functools import cache

from carbonpolis.data import table
from carbonpolis.measure.emissions.factors import MEMO, references

_MANY = 8  # references named in a message before it says how many more there are


@cache
def _kinds() -> dict[str, tuple[frozenset[str], str]]:
    """For each kind of activity the references that hold it (none: any) and what it is in words."""
    return {row["kind"]: (frozenset(row["references"].split()), row["said"]) for row in table("activity_kinds")}


@cache
def _activities() -> dict[str, tuple[frozenset[str], str]]:
    """For each packaged activity the references that hold it (none: any) and what it is in words."""
    known = {}
    for row in table("activities"):
        general, said = _kinds()[row["kind"]]
        known[row["activity"]] = (frozenset(row["references"].split()) or general, said)
    return known


@cache
def places(activity: str) -> tuple[str, ...]:
    """The references that hold an activity, in the order of the GPC; all of them for one that is not packaged."""
    held, _ = _activities().get(activity, (frozenset(), ""))
    return tuple(each for each in references() if not held or each in held)


@cache
def misplaced(reference: object, activity: object) -> tuple[str, str] | None:
    """What is wrong with an activity at a reference: expected and remedy; None where it belongs.

    Memo items may be anything, and so may activities of a user's own factors and gases by their mass.
    """
    if activity not in _activities() or reference == MEMO or reference not in references():
        return None
    held, said = _activities()[str(activity)]
    if not held or reference in held:
        return None
    listed = places(str(activity))
    shown = ", ".join(listed[:_MANY]) + (f" and {len(listed) - _MANY} more" if len(listed) > _MANY else "")
    remedy = (
        "Mend the reference or the activity; a figure that is known in t CO2e goes anywhere as 'reported emissions'."
    )
    return f"a reference that holds {said}, as {activity!r} is: {shown}", remedy


@cache
def _retired() -> dict[str, tuple[str, str]]:
    return {row["activity"]: (row["instead"], row["why"]) for row in table("activities_retired")}


def retired(activity: object) -> tuple[str, str] | None:
    """What to call an activity whose name stood for more than one factor: expected and remedy; None for all others."""
    told = _retired().get(activity) if isinstance(activity, str) else None
    return (f"one of {told[0]}", f"The old name stood for several factors: {told[1]}.") if told else None
