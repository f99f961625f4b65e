"""From raw indicators to one scale: divide, treat, normalise, turn; and how large an error is once it is there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from carbonpolis.evaluate.score.normalise import normalise
from carbonpolis.evaluate.score.treat import treat
from carbonpolis.evaluate.score.tree import Leaf
from carbonpolis.evaluate.score.validation import Array

GOALPOSTS = "goalposts"
REACH = 3.0  # standard deviations either way that the scale spans where an indicator is standardised


def raw_table(frame: pd.DataFrame, leaves: Sequence[Leaf]) -> Array:
    """Cities x leaves, each divided by its denominator, NaN where missing.

    A column that is not there counts as missing. Raises ValueError for a city or column that stands twice, a value
    that is infinite or no number, or a denominator that is not there, zero or negative.
    """
    if not frame.index.is_unique or not frame.columns.is_unique:
        raise ValueError("a city or a column stands in the frame twice")
    table = _numbers(frame, [leaf.column for leaf in leaves])
    for column, leaf in enumerate(leaves):
        if leaf.denominator:
            if leaf.denominator not in frame.columns:
                raise ValueError(f"{leaf.symbol} is divided by {leaf.denominator!r}, which is no column of the frame")
            by = _numbers(frame, [leaf.denominator])[:, 0]
            bad = np.flatnonzero(by <= 0)
            if len(bad):
                city = frame.index[bad[0]]
                raise ValueError(f"{city}, {leaf.denominator} is {by[bad[0]]:g}; {leaf.symbol} can't be divided by it")
            table[:, column] /= by
    return table


def _numbers(frame: pd.DataFrame, columns: list[str]) -> Array:
    wanted = frame.reindex(columns=columns)
    try:
        table = wanted.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        for column in columns:
            for city, value in wanted[column].items():
                if pd.notna(value) and not isinstance(value, int | float | np.number):
                    raise ValueError(f"{city}, {column} is {value!r}; expected a number, or NaN for missing") from None
        raise
    bad = np.argwhere(np.isinf(table))
    if len(bad):
        row, column_place = bad[0]
        raise ValueError(
            f"{frame.index[row]}, {columns[column_place]} is infinite; expected a number, or NaN for missing"
        )
    return table


def scaled_table(
    table: Array, leaves: Sequence[Leaf], ends: tuple[float, float], method: str = "", treatment: str = ""
) -> Array:
    """Cities x leaves on the scale, more is better, NaN stays NaN. method, treatment: instead of each leaf's own."""
    found = np.empty_like(table)
    for column, leaf in enumerate(leaves):
        how = method or leaf.normalisation
        if how == GOALPOSTS and not np.isfinite(leaf.low):
            how = leaf.normalisation
        share = _share(table[:, column], leaf, how, treatment or leaf.treatment)
        found[:, column] = ends[0] + share * (ends[1] - ends[0])
    return found


def _share(x: Array, leaf: Leaf, how: str, treatment: str) -> Array:
    """One indicator as a share of the scale, 0 to 1, 1 is best."""
    if how == GOALPOSTS:
        share = np.clip((x - leaf.low) / (leaf.high - leaf.low), 0.0, 1.0)
        return share if leaf.direction > 0 else 1.0 - share
    treated = treat(x, treatment).values
    options = dict(leaf.options) if how == leaf.normalisation else {}
    found = normalise(treated, how, leaf.direction, **options)
    if how == "zscore":
        found = 0.5 + found / (2 * REACH)
    elif how == "rank":
        count = int(np.isfinite(x).sum())
        found = (found - 1.0) / (count - 1) if count > 1 else found - 0.5
    return np.clip(found, 0.0, 1.0)


def scaled_errors(
    table: Array, sd: Array, scaled: Array, leaves: Sequence[Leaf], ends: tuple[float, float], method: str
) -> Array:
    """Standard deviations on the scale: exact between goalposts; elsewhere half of what the scale moves between the
    value less and the value plus its standard deviation, read off the other cities."""
    found = np.zeros_like(table)
    for column, leaf in enumerate(leaves):
        sure = np.nan_to_num(sd[:, column])
        if not sure.any():
            continue
        if method == GOALPOSTS and np.isfinite(leaf.low):
            found[:, column] = sure / (leaf.high - leaf.low) * (ends[1] - ends[0])
            continue
        x, y = table[:, column], scaled[:, column]
        seen = np.isfinite(x)
        values, first = np.unique(x[seen], return_index=True)
        read = y[seen][first]
        if len(values) > 1:
            found[seen, column] = (
                np.abs(np.interp(x[seen] + sure[seen], values, read) - np.interp(x[seen] - sure[seen], values, read))
                / 2
            )
    return found
