"""California's tobacco programme, the study that made synthetic control known, from the panel it published."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from carbonpolis.evaluate import impact

SHARED = os.environ.get("CARBONPOLIS_SHARED_DATA", "")


@pytest.mark.realdata
@pytest.mark.skipif(not SHARED, reason="CARBONPOLIS_SHARED_DATA does not name the folder of source files")
def test_california_smoking_abadie_2010() -> None:
    # Abadie, Diamond & Hainmueller 2010, section 4: about 26 packs a head less in 2000; 1 of 39 states.
    panel = pd.read_csv(Path(SHARED) / "impact" / "california_prop99.csv", sep=";")
    found = impact.synthetic_control(panel, "State", "Year", "PacksPerCapita", "California", 1989)
    in_2000 = found.path.set_index("time").loc[2000, "effect"]
    assert -35 < in_2000 < -20
    assert found.p_value <= 3 / 39
    assert found.pre_fit_rmse < 2
    assert len(found.placebos) == 38
