"""What a reading is: one measured fact about a city, with its unit, quality and source."""

from __future__ import annotations

import pandas as pd

READING_COLUMNS = (
    "city",
    "site",
    "stream",
    "time",
    "value",
    "sd",
    "unit",
    "quality",
    "source",
    "received_at",
    "version",
)
QUALITIES = ("measured", "reported", "estimated", "imputed", "assumed")


def newest_before(frame: pd.DataFrame, year: int, *, carry_years: int) -> pd.DataFrame:
    """Per city and stream the reading nearest to `year`, at most `carry_years` away; of two equally near the later.

    frame: READING_COLUMNS. Missing rule M1 of the operational definitions: carry a value at most two years.
    """
    away = (frame["time"].dt.year - year).abs()
    near = frame.assign(away=away)[away <= carry_years]
    ranked = near.sort_values(["away", "time"], ascending=[True, False])
    nearest: pd.DataFrame = ranked.drop_duplicates(["city", "site", "stream"]).drop(columns="away")
    return nearest
