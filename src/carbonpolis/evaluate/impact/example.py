"""One real policy before and after: the end of coal power at Nanticoke, Ontario."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from carbonpolis.data import table
from carbonpolis.evaluate.impact.effect import Effect
from carbonpolis.evaluate.impact.synthetic import synthetic_control

TREATED, START = "Nanticoke", 2009
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
    """The effect on the verified emissions of all large facilities there, beside coal places outside Ontario.

    The outcome is an index, 100 the mean of the five years before the policy, because places differ in size tenfold.
    Five years are few to fit; donors are places with a coal power station only, so that the fit before is not exact.
    """
    rows = table("policy/coal_exit")
    frame = pd.DataFrame(rows).astype({"year": int, "emissions_t": float})
    base = frame[frame["year"].isin(list(BASE_YEARS))].groupby("place")["emissions_t"].mean()
    panel = frame.assign(index=100.0 * frame["emissions_t"] / frame["place"].map(base))
    effect = synthetic_control(panel, "place", "year", "index", TREATED, START)
    case = PolicyCase(
        name="Ontario ends coal power: Nanticoke",
        what=(
            "Ontario's Cessation of Coal Use Regulation (O. Reg. 496/07) ended coal at Nanticoke, with output cut "
            "from 2009 and the last unit closed in 2013. Judged: all verified large facilities there, the refinery "
            f"included, {base[TREATED] / 1e6:.1f} Mt CO2e a year before, beside {len(effect.placebos)} places with "
            "coal power in other provinces. "
            "The recession of 2009 struck Ontario too and is part of the effect; rules on coal elsewhere from 2015 on "
            "make it look smaller."
        ),
        method=(
            "synthetic control on the five years before; every donor in turn takes the policy's place as a placebo. "
            f"The interval ranks the size of the effect alone: {_larger(effect)} of {len(effect.placebos)} placebos "
            "are as large. p ranks the error after over the error before; it is large because some donors fit five "
            "years exactly, so that the two need not agree."
        ),
        start=START,
        unit="% of the mean of 2004-2008",
        source=rows[0]["source"],
    )
    return effect, case


def _larger(effect: Effect) -> int:
    """How many placebos have a mean effect of at least the policy's size."""
    return int((effect.placebos.abs() >= abs(effect.att)).sum())
