"""How far ranks move when one indicator is taken away: each in turn, everything else as it is.

Source of the practice: OECD/JRC Handbook on Composite Indicators 2008, step 7 (inclusion and exclusion of indicators).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

COLUMNS = ["mean_shift", "largest_shift", "city", "compared", "no_longer_ranked", "newly_ranked"]

Ranking = tuple["pd.Series[float]", "pd.Series[bool]"]


def removals(whole: Ranking, without: Callable[[str], Ranking], symbols: Sequence[str]) -> pd.DataFrame:
    """A row an indicator; see `Framework.removals`. whole, without: scores, and whether cities are ranked."""
    rows: dict[str, list[Any]] = {}
    for symbol in symbols:
        total, ranked = without(symbol)
        both: pd.Series[bool] = whole[1] & ranked
        counted = [int(both.sum()), int((whole[1] & ~ranked).sum()), int((ranked & ~whole[1]).sum())]
        # Among the cities that are ranked both times, so that one that drops out moves nobody.
        shift = _ranks(total[both]) - _ranks(whole[0][both])
        if not len(shift):
            rows[symbol] = [np.nan, np.nan, None, *counted]
            continue
        far = str(shift.abs().idxmax())
        rows[symbol] = [shift.abs().mean(), shift.loc[far], far if shift.loc[far] else None, *counted]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=COLUMNS).rename_axis("indicator")
    return found.sort_values("mean_shift", ascending=False, kind="stable")


def _ranks(total: pd.Series[float]) -> pd.Series[float]:
    ranks = total.round(9).rank(ascending=False, method="min")
    return ranks.set_axis([str(city) for city in ranks.index])
