"""Surveillance finds manipulation hidden in synthetic days (recall), and most of what it says is so (precision).

The days come from carbonpolis.lab.manipulation, by seeds on which no threshold was chosen. Figures are shares; the
peer is 1, all of it. The last row is the speed over all detectors.
"""

from __future__ import annotations

import time
from collections import Counter

import pandas as pd

from _measure import Row, main, row
from carbonpolis.lab import manipulation
from carbonpolis.market.surveillance.detectors import watch

SEEDS = range(100, 110)


def measure() -> list[Row]:
    """Precision and recall by kind over ten tapes of twenty days."""
    hidden: Counter[str] = Counter()
    found: Counter[str] = Counter()
    cases: Counter[str] = Counter()
    right: Counter[str] = Counter()
    events, seconds = 0, 0.0
    for seed in SEEDS:
        tape = manipulation.days(seed)
        trades, orders = tape.frames()
        began = time.perf_counter()
        said = watch(trades, orders)
        seconds += time.perf_counter() - began
        events += len(trades) + len(orders)
        caught = set()
        for case in said:
            day = (pd.Timestamp(case.start).normalize() - manipulation.START.normalize()).days
            hits = {h for h in tape.hidden if h.kind == case.kind and h.day == day and h.parties & set(case.parties)}
            cases[case.kind] += 1
            right[case.kind] += bool(hits)
            caught |= hits
        hidden.update(one.kind for one in tape.hidden)
        found.update(one.kind for one in caught)
    rows = []
    for kind in sorted(hidden):
        note = f"{found[kind]} of {hidden[kind]} found; {right[kind]} of {cases[kind]} cases right"
        rows.append(row(f"surveillance/{kind}/recall", found[kind] / hidden[kind], peer=1.0, unit="share", note=note))
        precision = right[kind] / cases[kind] if cases[kind] else 0.0
        rows.append(row(f"surveillance/{kind}/precision", precision, peer=1.0, unit="share", note=note))
    return [*rows, row("surveillance/speed", events / seconds, unit="events/s", note="all detectors but concentration")]


if __name__ == "__main__":
    main(measure)
