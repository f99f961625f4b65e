"""Methane from landfills, by hand from the equations of IPCC 2006 volume 5 chapter 3."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.measure import emissions

# Bulk waste of a managed site: DOC 0.15, DOCf 0.5, MCF 1, F 0.5; k = ln 2 halves the stock every year.
BULK = {"doc": 0.15, "docf": 0.5, "mcf": 1.0, "k": float(np.log(2)), "f": 0.5}


def test_three_years_by_hand() -> None:
    # eq. 3.2: 1000 t x 0.15 x 0.5 x 1 = 75 t of degradable carbon a year, in the first two years.
    # eq. 3.4, 3.5: stock 75, 75 + 37.5 = 112.5; decomposed 0, 37.5, 56.25.
    # eq. 3.6: x 0.5 x 16/12 = 0, 25, 37.5 t CH4. eq. 3.1: (25 - 5) x 0.9 = 18; (37.5 - 5) x 0.9 = 29.25.
    found = emissions.landfill([1000, 1000, 0], [2018, 2019, 2020], **BULK, ox=0.1, r=[0, 5, 5])
    assert found == pytest.approx([0.0, 18.0, 29.25])


def test_more_gas_recovered_than_made_is_never_below_zero() -> None:
    found = emissions.landfill([1000, 0], [2019, 2020], **BULK, ox=0.0, r=100.0)
    assert list(found) == [0.0, 0.0]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.floats(0.01, 0.4))
def test_the_carbon_that_went_in_bounds_the_methane_that_comes_out(waste: list[float], k: float) -> None:
    years = np.arange(1990, 1990 + len(waste))
    found = emissions.landfill(waste, years, 0.15, 0.5, 1.0, k, 0.5, 0.0, 0.0)
    assert found.sum() <= sum(waste) * 0.15 * 0.5 * 0.5 * 16 / 12 * (1 + 1e-9)
    assert found[0] == 0.0


@given(st.floats(1, 1e6))
def test_in_the_long_run_all_degradable_carbon_decomposes(waste: float) -> None:
    years = np.arange(2000, 2500)
    found = emissions.landfill([waste] + [0.0] * 499, years, 0.15, 0.5, 0.8, 0.1, 0.5, 0.0, 0.0)
    assert found.sum() == pytest.approx(waste * 0.15 * 0.5 * 0.8 * 0.5 * 16 / 12)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"waste_t": [1.0]}, r"waste_t has shape \(1,\), years \(2,\)"),
        ({"years": [2018, 2020]}, "gap"),
        ({"waste_t": [-1.0, 0.0]}, "below 0"),
        ({"doc": 1.2}, "doc is 1.2"),
        ({"ox": float("nan")}, "ox is nan"),
        ({"k": float("nan")}, "k is nan"),
        ({"r": -1.0}, "r is -1.0"),
        ({"r": [1.0, 2.0, 3.0]}, "one a year"),
    ],
)
def test_what_cannot_be_is_refused_by_name(change: dict[str, object], told: str) -> None:
    given_well: dict[str, object] = {"waste_t": [1.0, 2.0], "years": [2019, 2020], **BULK, "ox": 0.0, "r": 0.0}
    with pytest.raises(ValueError, match=told):
        emissions.landfill(**{**given_well, **change})  # type: ignore[arg-type]
