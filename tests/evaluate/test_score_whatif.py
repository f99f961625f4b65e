"""What if: suppositions are scored as if they were true, and what moved the score adds up to its change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonpolis.evaluate.score import Framework
from carbonpolis.evaluate.score.whatif import WEIGHTS, WhatIf

TABLE_1 = Framework.load("table-1")
LOW, HIGH = (np.array([getattr(leaf, end) for leaf in TABLE_1.leaves]) for end in ("low", "high"))
SHARE = np.random.default_rng(8).random((12, 17))
FRAME = pd.DataFrame(LOW + SHARE * (HIGH - LOW), [f"c{k}" for k in range(12)], TABLE_1.symbols)
FRAME.loc["c3", ["S13", "S14", "S15"]] = np.nan  # too little of S1


@settings(max_examples=25, deadline=None)
@given(
    moved=st.dictionaries(st.sampled_from(TABLE_1.symbols), st.floats(0, 1), max_size=4),
    weights=st.tuples(*[st.floats(0.1, 5)] * 3),
)
def test_what_is_supposed_is_scored_as_if_it_were_true_and_its_causes_add_up(
    moved: dict[str, float], weights: tuple[float, float, float]
) -> None:
    ends = {leaf.symbol: (leaf.low, leaf.high) for leaf in TABLE_1.leaves}
    values = {symbol: ends[symbol][0] + share * (ends[symbol][1] - ends[symbol][0]) for symbol, share in moved.items()}
    pillars = dict(zip(("S1", "S2", "S3"), weights, strict=True))
    found = WhatIf(TABLE_1, FRAME, "c7").suppose(values, pillars)
    true = FRAME.copy()
    for symbol, value in values.items():
        true.loc["c7", symbol] = value
    scores = TABLE_1.weighted(**pillars).score(true)
    assert found.after.score == pytest.approx(scores.total["c7"])
    assert found.after.rank == scores.ranks["c7"]
    assert found.after.of == 11
    assert found.before.score == pytest.approx(TABLE_1.score(FRAME).total["c7"])
    assert found.after.score is not None
    assert found.before.score is not None
    assert sum(found.moved.values()) == pytest.approx(found.after.score - found.before.score, abs=1e-6)
    assert set(found.moved) <= {*values, WEIGHTS}


def test_a_missing_indicator_that_is_supposed_gives_a_rank() -> None:
    desk = WhatIf(TABLE_1, FRAME, "c3")
    assert desk.before.rank is None
    assert desk.before.why_not == "50% of the weight of S1 is observed; 60% is needed"
    found = desk.suppose({"S13": 0.05})
    assert found.after.rank is not None
    assert found.after.of == 12
    assert found.moved["S13"] > 0


def test_the_next_above_and_what_is_missing_to_it() -> None:
    ranks, total = TABLE_1.score(FRAME).ranks, TABLE_1.score(FRAME).total
    third, second, first = (str(ranks.eq(rank).idxmax()) for rank in (3, 2, 1))
    assert WhatIf(TABLE_1, FRAME, first).suppose().ahead is None
    ahead = WhatIf(TABLE_1, FRAME, third).suppose().ahead
    assert ahead is not None
    assert ahead[0] == second
    assert ahead[1] == pytest.approx(total[second] - total[third])


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="nowhere is not among the cities"):
        WhatIf(TABLE_1, FRAME, "nowhere")
    desk = WhatIf(TABLE_1, FRAME, "c1")
    with pytest.raises(ValueError, match="S99 is not in table-1"):
        desk.suppose({"S99": 1.0})
    with pytest.raises(ValueError, match="c1, S12 is infinite"):
        desk.suppose({"S12": np.inf})
    with pytest.raises(ValueError, match="S1: a weight of 0"):
        desk.suppose(weights={"S1": 0.0})
