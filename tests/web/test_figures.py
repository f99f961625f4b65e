"""Figures as a person reads them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonpolis.report.rounding import places, significant
from carbonpolis.report.year.shape import Quantity
from carbonpolis.web import figures


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1234567.8914, "t", "1,234,567.891"),
        (0, "t CO2e", "0.000"),
        (21.5, "USD/t", "21.50"),
        (-1320.5, "EUR", "−1,320.50"),
        (2640, "lots", "2,640"),
        (429954.0, "people", "429,954"),
        (9.3034, "t CO2e/person", "9.303"),
        (0.067, "", "0.067"),
        (0.00012345, "", "0.000123"),
        (151.34, "km2", "151.3"),
        (52310.0, "million USD", "52,310"),
        (-0.0001, "t", "0.000"),
        (None, "t", "–"),
        (math.nan, "t", "–"),
    ],
)
def test_a_value_has_the_decimals_of_its_unit(value: float | None, unit: str, shown: str) -> None:
    assert figures.number(value, unit) == shown


def test_a_figure_carries_its_unit_its_reason_and_its_mark() -> None:
    assert figures.text({"value": 12.345, "unit": "t CO2e"}) == "12.345 t CO₂e"
    assert figures.text({"value": None, "unit": "USD/t", "note": "no trade"}) == "– (no trade)"
    assert figures.text({"value": 20, "unit": "USD/t", "assumed": True}) == "20.00 USD/t (assumed)"


def test_an_estimate_has_the_digits_that_it_supports_and_the_figure_stays() -> None:
    line: Quantity = {"value": 1_103_520.25, "unit": "t CO2e", "assumed": True}
    assert figures.text(figures.shown_to(line, places(55_177.0))) == "1,104,000 t CO₂e (assumed)"
    assert figures.text(figures.shown_to(line, places(None))) == "1,103,520.250 t CO₂e (assumed)"
    assert (
        figures.text(figures.shown_to({"value": -0.012345, "unit": "%/year"}, significant(-0.012345)))
        == "−0.01235 %/year"
    )
    assert figures.text(figures.shown_to({"value": -0.3, "unit": "t"}, places(100.0))) == "0 t"
    assert (
        figures.text(figures.shown_to({"value": None, "unit": "t", "note": "nobody measured"}, significant(None)))
        == "– (nobody measured)"
    )
    assert line["value"] == 1_103_520.25


def test_foreign_words_never_become_markup() -> None:
    hostile: Quantity = {"value": None, "unit": "t", "note": '"><script>alert(1)</script>'}
    assert "<script" not in figures.cell(hostile, "assumed")
    assert "<script" not in figures.cell({"value": 1.0, "unit": "<script>"}, "assumed", with_unit=True)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (49_000.0, 4_000_000.0, "1.2 %"),
        (1.0, 4_000_000.0, "< 0.1 %"),
        (0.0, 10.0, "0.0 %"),
        (1.0, 0.0, "–"),
        (None, 1.0, "–"),
    ],
)
def test_a_share_never_rounds_something_to_nothing(part: float | None, whole: float, shown: str) -> None:
    assert figures.share(part, whole) == shown


def test_a_headline_is_short() -> None:
    assert figures.short(11_701_200.625) == "11.70 million t"
    assert figures.short(12.5) == "12.500 t"


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_every_kilogram_of_a_mass_can_be_read_back(kilograms: int) -> None:
    shown = figures.number(kilograms / 1000, "t")
    assert int(shown.replace(",", "").replace(".", "").replace(figures.MINUS, "-")) == kilograms
