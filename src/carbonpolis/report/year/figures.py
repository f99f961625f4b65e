"""Figures with their units, as a report carries them."""

from __future__ import annotations

import math

from carbonpolis.report.year.shape import Quantity

TONNES = "t CO2e"


def figure(value: float | int | None, unit: str, *, note: str = "", assumed: bool = False) -> Quantity:
    """A quantity; NaN and None become None, and `note` then says why."""
    known = value is not None and math.isfinite(value)
    quantity = Quantity(value=float(value) if known and value is not None else None, unit=unit)
    if note and not known:
        quantity["note"] = note
    if assumed:
        quantity["assumed"] = True
    return quantity


def tonnes(kg: int, unit: str = TONNES, *, assumed: bool = False) -> Quantity:
    """Whole kilograms as tonnes; exact to the third decimal."""
    return figure(kg / 1000, unit, assumed=assumed)


def money(minor: int | float | None, unit: str, *, note: str = "", assumed: bool = False) -> Quantity:
    """Cents as the currency's unit."""
    return figure(None if minor is None else minor / 100, unit, note=note, assumed=assumed)
