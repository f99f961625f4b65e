"""Carbon in biomass: the equations of IPCC 2006/2019 volume 4 chapter 2, under the symbols of the guidelines.

Every function takes numbers, arrays of one shape, or estimates, and gives the same back, element by element; a sum over
strata is the caller's. Estimates are taken as independent (vol. 1 eq. 3.1, 3.2). Gains and stocks are positive, and a
loss is a positive amount that the balance takes off. All raise ValueError naming the symbol that is negative, not
finite or outside its range. The 2019 Refinement keeps the equations and their numbers.

Symbols: A area, ha; G_W above-ground growth, t d.m./ha/year; R root-to-shoot ratio; CF carbon fraction, t C/t d.m.;
I_V net increment, m3/ha/year; V growing stock, m3/ha; H wood felled, m3/year; D basic wood density, t d.m./m3.
"""

from __future__ import annotations

from typing import Any

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.bounds import within

T_C, T_C_YEAR, T_DM = "t C", "t C/year", "t d.m./ha/year"


def g_total(gw: Any, r: Any) -> Any:
    """Eq. 2.10, tier 1: G_TOTAL = G_W (1 + R), t d.m./ha/year. G_W may be below zero, as in ageing stands."""
    gw, r = within("eq. 2.10", "gw", gw, T_DM, low=-100.0, high=200.0), _ratio("eq. 2.10", r)
    return _as(gw * one_plus(r), T_DM)


def g_total_from_increment(iv: Any, bcef_i: Any, r: Any) -> Any:
    """Eq. 2.10, tiers 2 and 3: G_TOTAL = I_V BCEF_I (1 + R), t d.m./ha/year."""
    iv = within("eq. 2.10", "iv", iv, "m3/ha/year")
    bcef_i = within("eq. 2.10", "bcef_i", bcef_i, "t d.m./m3", high=20.0)
    return _as(iv * bcef_i * one_plus(_ratio("eq. 2.10", r)), T_DM)


def carbon_gain(area: Any, g_total: Any, cf: Any) -> Any:
    """Eq. 2.9: dC_G = A G_TOTAL CF, t C/year."""
    area = within("eq. 2.9", "area", area, "ha")
    g_total = within("eq. 2.9", "g_total", g_total, T_DM, low=-300.0, high=300.0)
    return _as(g_total * _fraction("eq. 2.9", "cf", cf) * area, T_C_YEAR)


def wood_removals(h: Any, bcef_r: Any, r: Any, cf: Any) -> Any:
    """Eq. 2.12: L_wood-removals = H BCEF_R (1 + R) CF, t C/year; H in m3/year over bark. R = 0 leaves the roots out."""
    h = within("eq. 2.12", "h", h, "m3/year")
    bcef_r = within("eq. 2.12", "bcef_r", bcef_r, "t d.m./m3", high=20.0)
    return _as(bcef_r * one_plus(_ratio("eq. 2.12", r)) * _fraction("eq. 2.12", "cf", cf) * h, T_C_YEAR)


def fuelwood(fg_trees: Any, fg_part: Any, bcef_r: Any, r: Any, d: Any, cf: Any) -> Any:
    """Eq. 2.13: L_fuelwood = (FG_trees BCEF_R (1 + R) + FG_part D) CF, t C/year.

    fg_trees: whole trees, m3/year. fg_part: branches and other parts, m3/year, density D.
    """
    fg_trees = within("eq. 2.13", "fg_trees", fg_trees, "m3/year")
    fg_part = within("eq. 2.13", "fg_part", fg_part, "m3/year")
    bcef_r = within("eq. 2.13", "bcef_r", bcef_r, "t d.m./m3", high=20.0)
    whole = _as(bcef_r * one_plus(_ratio("eq. 2.13", r)) * fg_trees, T_C_YEAR)
    parts = _as(within("eq. 2.13", "d", d, "t d.m./m3", high=2.0) * fg_part, T_C_YEAR)
    return _as(_add(whole, parts) * _fraction("eq. 2.13", "cf", cf), T_C_YEAR)


def disturbance(a_disturbance: Any, bw: Any, r: Any, cf: Any, fd: Any = 1.0) -> Any:
    """Eq. 2.14: L_disturbance = A_dist B_W (1 + R) CF f_d, t C/year.

    bw: above-ground biomass of the land disturbed, t d.m./ha. fd: share of it lost; 1 when all trees die.
    """
    area = within("eq. 2.14", "a_disturbance", a_disturbance, "ha/year")
    bw = within("eq. 2.14", "bw", bw, "t d.m./ha", high=3000.0)
    lost = bw * one_plus(_ratio("eq. 2.14", r)) * _fraction("eq. 2.14", "cf", cf) * _fraction("eq. 2.14", "fd", fd)
    return _as(lost * area, T_C_YEAR)


def carbon_loss(l_wood_removals: Any = 0.0, l_fuelwood: Any = 0.0, l_disturbance: Any = 0.0) -> Any:
    """Eq. 2.11: dC_L, the sum of the three losses, t C/year, each given as a positive amount."""
    parts = {"l_wood_removals": l_wood_removals, "l_fuelwood": l_fuelwood, "l_disturbance": l_disturbance}
    first, *others = (_as(within("eq. 2.11", name, value, T_C_YEAR), T_C_YEAR) for name, value in parts.items())
    for other in others:
        first = _add(first, other)
    return first


def biomass_balance(dc_g: Any, dc_l: Any) -> Any:
    """Eq. 2.7: dC_B = dC_G - dC_L, t C/year; positive when the stock grows."""
    dc_g = within("eq. 2.7", "dc_g", dc_g, T_C_YEAR, low=-1e12)
    dc_l = within("eq. 2.7", "dc_l", dc_l, T_C_YEAR)
    return _add(_as(dc_g, T_C_YEAR), _as(dc_l * -1.0, T_C_YEAR))


def gain_loss(area: Any, gw: Any, r: Any, cf: Any, loss: Any = 0.0) -> Any:
    """Eq. 2.7, 2.9 and 2.10 in one: A G_W (1 + R) CF - dC_L, t C/year. loss: dC_L by eq. 2.11, t C/year."""
    return biomass_balance(carbon_gain(area, g_total(gw, r), cf), loss)


def stock_difference(c_t1: Any, c_t2: Any, t1: Any, t2: Any) -> Any:
    """Eq. 2.5: dC = (C_t2 - C_t1) / (t2 - t1), t C/year; t in years, t2 after t1."""
    c_t1, c_t2 = (within("eq. 2.5", name, value, T_C) for name, value in (("c_t1", c_t1), ("c_t2", c_t2)))
    years = within("eq. 2.5", "t2 - t1", _plain(t2) - _plain(t1), "years", low=1e-6)
    return _as(_add(_as(c_t2, T_C), _as(c_t1 * -1.0, T_C)) * (1.0 / years), T_C_YEAR)


def biomass_stock(area: Any, v: Any, bcef_s: Any, r: Any, cf: Any) -> Any:
    """Eq. 2.8 (b): C = A V BCEF_S (1 + R) CF, t C."""
    area, v = within("eq. 2.8", "area", area, "ha"), within("eq. 2.8", "v", v, "m3/ha", high=5000.0)
    bcef_s = within("eq. 2.8", "bcef_s", bcef_s, "t d.m./m3", high=20.0)
    return _as(bcef_s * one_plus(_ratio("eq. 2.8", r)) * _fraction("eq. 2.8", "cf", cf) * v * area, T_C)


def conversion(b_after: Any, b_before: Any, a_to_others: Any, cf: Any) -> Any:
    """Eq. 2.16: dC_CONVERSION = (B_AFTER - B_BEFORE) dA CF, t C/year; below zero where biomass is cleared.

    b_after, b_before: biomass right after and before the conversion, t d.m./ha. a_to_others: ha converted in the year.
    """
    b_after = within("eq. 2.16", "b_after", b_after, "t d.m./ha")
    b_before = within("eq. 2.16", "b_before", b_before, "t d.m./ha")
    area = within("eq. 2.16", "a_to_others", a_to_others, "ha/year")
    change = _add(_as(b_after, "t d.m./ha"), _as(b_before * -1.0, "t d.m./ha"))
    return _as(change * _fraction("eq. 2.16", "cf", cf) * area, T_C_YEAR)


def land_conversion(dc_g: Any, dc_conversion: Any, dc_l: Any) -> Any:
    """Eq. 2.15: dC_B = dC_G + dC_CONVERSION - dC_L on land converted to another use, t C/year."""
    return _add(
        biomass_balance(dc_g, dc_l), _as(within("eq. 2.15", "dc_conversion", dc_conversion, T_C_YEAR, -1e12), T_C_YEAR)
    )


def bcef(bef: Any, d: Any) -> Any:
    """BCEF = BEF D, t d.m./m3 (vol. 4 ch. 2 box 2.2): the expansion factor times the basic wood density D."""
    bef, d = within("box 2.2", "bef", bef, "", high=20.0), within("box 2.2", "d", d, "t d.m./m3", high=2.0)
    return _as(bef * d, "t d.m./m3")


def fire(area: Any, mb: Any, cf_combustion: Any, gef: Any) -> Any:
    """Eq. 2.27: L_fire = A M_B C_f G_ef 10^-3, t of the gas.

    mb: fuel, t d.m./ha. cf_combustion: combustion factor C_f. gef: g of the gas per kg dry matter burnt.
    """
    area, mb = within("eq. 2.27", "area", area, "ha"), within("eq. 2.27", "mb", mb, "t d.m./ha")
    gef = within("eq. 2.27", "gef", gef, "g/kg d.m.")
    return _as(mb * _fraction("eq. 2.27", "cf_combustion", cf_combustion) * gef * area * 1e-3, "t")


def dead_matter_difference(area: Any, dom_t1: Any, dom_t2: Any, t: Any, cf: Any) -> Any:
    """Eq. 2.19: dC_DOM = A (DOM_t2 - DOM_t1) / T CF, t C/year; DOM in t d.m./ha, T in years."""
    area, years = within("eq. 2.19", "area", area, "ha"), within("eq. 2.19", "t", t, "years", low=1e-6)
    dom_t1, dom_t2 = (within("eq. 2.19", n, v, "t d.m./ha") for n, v in (("dom_t1", dom_t1), ("dom_t2", dom_t2)))
    change = _add(_as(dom_t2, "t d.m./ha"), _as(dom_t1 * -1.0, "t d.m./ha"))
    return _as(change * _fraction("eq. 2.19", "cf", cf) * (area / years), T_C_YEAR)


def dead_matter_conversion(c_n: Any, c_o: Any, area: Any, t_on: Any = 20.0) -> Any:
    """Eq. 2.23: dC_DOM = (C_n - C_o) A_on / T_on, t C/year; stocks of the new and old use in t C/ha, T_on in years."""
    area, years = within("eq. 2.23", "area", area, "ha"), within("eq. 2.23", "t_on", t_on, "years", low=1e-6)
    c_n, c_o = (within("eq. 2.23", name, value, "t C/ha") for name, value in (("c_n", c_n), ("c_o", c_o)))
    return _as(_add(_as(c_n, "t C/ha"), _as(c_o * -1.0, "t C/ha")) * (area / years), T_C_YEAR)


def one_plus(r: Any) -> Any:
    """1 + R, for a number or an estimate."""
    return Estimate(1.0 + r.mean, r.sd, "") if isinstance(r, Estimate) else 1.0 + r


def _ratio(where: str, r: Any) -> Any:
    return _as(within(where, "r", r, "", high=10.0), "")


def _fraction(where: str, name: str, value: Any) -> Any:
    return _as(within(where, name, value, "", high=1.0), "")


def _as(value: Any, unit: str) -> Any:
    return Estimate(value.mean, value.sd, unit) if isinstance(value, Estimate) else value


def _add(one: Any, other: Any) -> Any:
    if isinstance(one, Estimate) and not isinstance(other, Estimate):
        return Estimate(one.mean + other, one.sd, one.unit)
    if isinstance(other, Estimate) and not isinstance(one, Estimate):
        return Estimate(one + other.mean, other.sd, other.unit)
    return one + other


def _plain(value: Any) -> Any:
    return within("eq. 2.5", "t", value, "years", low=-1e6)
