"""Cities side by side, per head, per area and per product, among cities of their size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carbonpolis.evaluate.compare.peers import compare

CITIES = pd.DataFrame(
    {
        "population": [20_000, 40_000, 200_000, 900_000],
        "area_km2": [10, 20, 100, 300],
        "gdp_musd_ppp": [1_000, np.nan, 8_000, 50_000],
        "emissions_t": [100_000, 240_000, 800_000, np.nan],
    },
    index=["small", "dirty", "middle", "unknown"],
)


def test_on_one_footing() -> None:
    found = compare(CITIES)
    assert found["per_capita"].tolist() == pytest.approx([5, 6, 4, np.nan], nan_ok=True)
    assert found["per_area"].tolist() == pytest.approx([10_000, 12_000, 8_000, np.nan], nan_ok=True)
    assert found["per_gdp"].tolist() == pytest.approx([0.1, np.nan, 0.1, np.nan], nan_ok=True)  # kg per USD


def test_ranked_among_all_and_measured_against_the_leader_of_its_size() -> None:
    found = compare(CITIES)
    assert found["rank_per_capita"].tolist() == [2, 3, 1, pd.NA]
    assert found["gap_to_leader"].tolist() == pytest.approx([0, 1, 0, np.nan], nan_ok=True)
    assert found["peer_group"].nunique() == 3


def test_a_missing_column_is_told() -> None:
    with pytest.raises(ValueError, match="no column area_km2"):
        compare(CITIES.drop(columns="area_km2"))
