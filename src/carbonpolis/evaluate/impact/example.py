"""One real policy before and after: the end of coal power at Nanticoke, Ontario."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from carbonpolis.data import table
from carbonpolis.evaluate.impact.effect import Effect
from carbonpolis.evaluate.impact.synthetic import synthetic_control

TREATED, START = "CA NAN", 2009
BASE_YEARS = range(2004, 2009)


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """What was done, where, when it began to bind, how it is judged, in which unit, and from which source."""

    name: str
    what: str
    method: str
    start: int
    unit: str
    source: str


def policy_example() -> tuple[Effect, PolicyCase]:
    """The effect on the verified emissions of all large facilities there, beside other Canadian places.

    The outcome is an index, 100 the mean of the five years before the policy, because places differ in size a
    hundredfold. With five years to fit and some forty donors the fit before is close by construction; what counts is
    the place of the effect among the donors' placebo effects.
    """
    rows = table("policy/coal_exit")
    frame = pd.DataFrame(rows).astype({"year": int, "emissions_t": float})
    base = frame[frame["year"].isin(list(BASE_YEARS))].groupby("place")["emissions_t"].mean()
    panel = frame.assign(index=100.0 * frame["emissions_t"] / frame["place"].map(base))
    effect = synthetic_control(panel, "place", "year", "index", TREATED, START)
    case = PolicyCase(
        name="Ontario ends coal power: Nanticoke",
        what=(
            "Ontario's Cessation of Coal Use Regulation (O. Reg. 496/07) ended coal at the largest coal power station of "
            "North America, with output cut from 2009 and the last unit closed in 2013. Judged: all verified large "
            "facilities at Nanticoke, the refinery included."
        ),
        method="synthetic control on five years before, every donor a placebo",
        start=START,
        unit="% of the mean of 2004-2008",
        source=rows[0]["source"],
    )
    return effect, case
