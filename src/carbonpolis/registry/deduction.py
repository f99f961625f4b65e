"""What uncertainty costs: the forms in which standards deduct it. The figures come from the rule book."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Deduction:
    """What uncertainty costs.

    half_width: of the two-sided 90 % interval, % of the mean. percent: taken off, 0 to 100 %. steps: the arithmetic
    in words. source: the rule's.
    """

    half_width: float
    percent: float
    steps: tuple[str, ...]
    source: str


def scaled_half_width(values: Values, percent: float) -> tuple[float, str]:
    """VCS Methodology Requirements v4.4 s.2.4: none up to 10 %, else U / 1.6449 x 0.4307; nothing above 100 %."""
    free, limit = float(values["uncertainty_free"]), float(values["uncertainty_limit"])
    if percent <= free:
        return 0.0, f"deduction 0 %: U is not above {free:g} %"
    if percent > limit:
        return 100.0, f"deduction 100 %: U is above {limit:g} %, nothing can be credited"
    z90, factor = float(values["uncertainty_z90"]), float(values["uncertainty_factor"])
    step = Decimal(values["uncertainty_step"])
    discount = float(Decimal(repr(percent / z90 * factor)).quantize(step, ROUND_HALF_UP))
    return discount, f"deduction {percent:.1f} % / {z90:g} x {factor:g} = {discount:g} %"


def excess_over_target(values: Values, percent: float) -> tuple[float, str]:
    """CAR Forest Protocol v5.1 table B.23: error above the target is taken off; from the limit on, everything."""
    target, limit = float(values["uncertainty_free"]), float(values["uncertainty_limit"])
    if percent >= limit:
        return 100.0, f"deduction 100 %: U is not below {limit:g} %, nothing can be credited"
    discount = max(0.0, percent - target)
    return discount, f"deduction {percent:.1f} % - {target:g} % = {discount:.1f} %, not below 0"


def scaled(values: Values, percent: float) -> tuple[float, str]:
    """ART TREES 2.0 (as remembered): factor x half-width of the 90 % interval / z, from 0 on, at most everything."""
    z90, factor = float(values["uncertainty_z90"]), float(values["uncertainty_factor"])
    discount = min(100.0, percent / z90 * factor)
    return discount, f"deduction {factor:g} x {percent:.1f} % / {z90:g} = {discount:.2f} %, not above 100"


def banded(values: Values, percent: float) -> tuple[float, str]:
    """CDM A/R tool 14 (as remembered): a share of U that grows with U; the first band that U does not exceed."""
    bands = [tuple(map(float, band.split(":"))) for band in values["uncertainty_bands"].split(";")]
    share = next(share for upto, share in bands if percent <= upto)
    discount = min(100.0, percent * share / 100)
    return discount, f"deduction {share:g} % of {percent:.1f} % = {discount:.2f} %, not above 100"


DEDUCTIONS: dict[str, Callable[[Values, float], tuple[float, str]]] = {
    "scaled_half_width": scaled_half_width,
    "excess_over_target": excess_over_target,
    "scaled": scaled,
    "banded": banded,
}
