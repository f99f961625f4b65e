"""How many digits of an estimate are shown: what its uncertainty supports. The report itself and its JSON keep all.

Two significant digits of a standard deviation are enough, and the estimate ends where they do (JCGM 100:2008, Guide to
the expression of uncertainty in measurement, 7.2.6). What the ledger counts is exact and is shown to the kilogram.
"""

from __future__ import annotations

from math import floor, isfinite, log10

DIGITS_OF_SD = 2
WIDTH_OF_95 = 2 * 1.959964  # standard deviations, of the normal distribution
DIGITS_WITHOUT = 4  # where no deviation is known: as many significant digits, a choice of ours


def places(sd: float | None) -> int | None:
    """Decimal places that a standard deviation supports, below 0 for tens and hundreds; None when it says nothing."""
    if sd is None or not isfinite(sd) or sd <= 0:
        return None
    leading = floor(log10(sd))
    # 9.96 in two digits is 10, which has its leading digit one place higher
    if round(sd, DIGITS_OF_SD - 1 - leading) >= 10 ** (leading + 1):
        leading += 1
    return DIGITS_OF_SD - 1 - leading


def sd_of_interval(low: float | None, high: float | None) -> float | None:
    """The standard deviation behind an interval of 95 %, taken as normal: its width by 3.92."""
    return None if low is None or high is None else (high - low) / WIDTH_OF_95


def significant(value: float | None, digits: int = DIGITS_WITHOUT) -> int | None:
    """Decimal places that leave so many significant digits of a value; None for 0 and for what isn't known."""
    if value is None or not isfinite(value) or value == 0:
        return None
    return digits - 1 - floor(log10(abs(value)))


def rounded(value: float, at: int, most: int = 3) -> str:
    """A value at a decimal place, thousands apart: 1,104,000 at -3. most: decimals at most, however small the value."""
    decimals = min(at, most)
    nearest = round(value, decimals) + 0.0  # what rounds to minus nothing is 0
    return f"{nearest:,.{max(0, decimals)}f}"
