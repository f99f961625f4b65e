"""Farming and land: livestock, soils, rice, burning; and breath, a biogenic memo item (IPCC 2006 vol. 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from carbonpolis.measure.emissions.calculators.terms import Array, amounts, shares

CO2_PER_C = 44.0 / 12.0
N2O_PER_N = 44.0 / 28.0
ENERGY_OF_CH4 = 55.65  # MJ/kg CH4: vol. 4 ch. 10 eq. 10.21
DENSITY_OF_CH4 = 0.67  # kg/m3: eq. 10.23


def livestock_methane(N: ArrayLike, EF: ArrayLike) -> Array:
    """Methane of animals, t CH4/year: N EF / 1000; enteric (eq. 10.19) or of manure (eq. 10.22). EF: kg/head/year."""
    heads, factor = amounts(N=N, EF=EF)
    return np.asarray(heads * factor / 1000.0)


def enteric_factor(GE: ArrayLike, Ym: ArrayLike = 6.5) -> Array:
    """Enteric EF by tier 2, kg CH4/head/year: GE (Ym / 100) 365 / 55.65. GE: MJ/head/day. Ym: %. Eq. 10.21."""
    energy, lost = amounts(GE=GE, Ym=Ym)
    return np.asarray(energy * lost / 100.0 * 365.0 / ENERGY_OF_CH4)


def manure_factor(VS: ArrayLike, B0: ArrayLike, MCF: ArrayLike, MS: ArrayLike, *, MCF_unit: str | None = None) -> Array:
    """Manure EF by tier 2, kg CH4/head/year: VS 365 B0 0.67 sum of MCF / 100 MS, over systems on the last axis.

    VS: kg dry/head/day. B0: m3 CH4/kg VS. MCF: % as table 10.17 prints it, or shares with MCF_unit="share". MS: share
    of manure in each system. Eq. 10.23. Raises ValueError where all MCF lie between 0 and 1 and MCF_unit doesn't say
    which they are, "%" or "share": 0.5 is half of the methane or a two-hundredth of it.
    """
    solids, capacity, conversion = amounts(VS=VS, B0=B0, MCF=MCF)
    (systems,) = shares(MS=MS)
    if MCF_unit not in (None, "%", "share"):
        raise ValueError(f"MCF_unit is {MCF_unit!r}; choose % or share")
    if MCF_unit is None and np.any(conversion > 0) and np.all(conversion <= 1):
        raise ValueError(f"MCF is {MCF!r}, which may be shares or per cent; say MCF_unit='share' or MCF_unit='%'")
    if MCF_unit == "share":
        (conversion,) = shares(MCF=MCF)
    part = conversion if MCF_unit == "share" else conversion / 100.0
    if np.any(part > 1):
        raise ValueError(f"MCF is {MCF!r}; expected at most 100 %")
    return np.asarray(solids * 365.0 * capacity * DENSITY_OF_CH4 * np.sum(part * systems, axis=-1))


def manure_n2o(N: ArrayLike, Nex: ArrayLike, MS: ArrayLike, EF3: ArrayLike) -> Array:
    """Direct N2O of manure, kg N2O/year: N Nex MS EF3 44/28, by system. Nex: kg N/head/year. Eq. 10.25."""
    heads, excreted, factor = amounts(N=N, Nex=Nex, EF3=EF3)
    (systems,) = shares(MS=MS)
    return np.asarray(heads * excreted * systems * factor * N2O_PER_N)


def soil_n2o(
    F_SN: ArrayLike = 0.0,
    F_ON: ArrayLike = 0.0,
    F_CR: ArrayLike = 0.0,
    F_SOM: ArrayLike = 0.0,
    F_PRP: ArrayLike = 0.0,
    EF1: ArrayLike = 0.01,
    EF3_PRP: ArrayLike = 0.02,
) -> Array:
    """Direct N2O of managed soil, kg N2O/year: ((F_SN + F_ON + F_CR + F_SOM) EF1 + F_PRP EF3_PRP) 44/28.

    kg N/year of synthetic and organic fertiliser, crop residues, mineralised soil, dung and urine on pasture (EF3_PRP
    0.02 for cattle, poultry and pigs, 0.01 for sheep and others). Vol. 4 ch. 11 eq. 11.1, table 11.1 (2006 edition).
    """
    given = amounts(F_SN=F_SN, F_ON=F_ON, F_CR=F_CR, F_SOM=F_SOM, F_PRP=F_PRP, EF1=EF1, EF3_PRP=EF3_PRP)
    synthetic, organic, residues, soil, pasture, factor, dung = given
    return np.asarray(((synthetic + organic + residues + soil) * factor + pasture * dung) * N2O_PER_N)


def soil_n2o_indirect(
    F_SN: ArrayLike = 0.0,
    F_ON: ArrayLike = 0.0,
    F_PRP: ArrayLike = 0.0,
    F_CR: ArrayLike = 0.0,
    F_SOM: ArrayLike = 0.0,
    Frac_GASF: ArrayLike = 0.10,
    Frac_GASM: ArrayLike = 0.20,
    Frac_LEACH: ArrayLike = 0.30,
    EF4: ArrayLike = 0.01,
    EF5: ArrayLike = 0.0075,
) -> tuple[Array, Array]:
    """Indirect N2O of managed soil, kg N2O/year: by deposition of what evaporates, by leaching.

    (F_SN Frac_GASF + (F_ON + F_PRP) Frac_GASM) EF4 44/28 and (all N) Frac_LEACH EF5 44/28 (0 leached where it is dry).
    Vol. 4 ch. 11 eq. 11.9 and 11.10, table 11.3 (2006 edition).
    """
    synthetic, organic, pasture, residues, soil = amounts(F_SN=F_SN, F_ON=F_ON, F_PRP=F_PRP, F_CR=F_CR, F_SOM=F_SOM)
    gas, manure, leached = shares(Frac_GASF=Frac_GASF, Frac_GASM=Frac_GASM, Frac_LEACH=Frac_LEACH)
    deposited, run_off = amounts(EF4=EF4, EF5=EF5)
    evaporated = synthetic * gas + (organic + pasture) * manure
    whole = synthetic + organic + pasture + residues + soil
    return np.asarray(evaporated * deposited * N2O_PER_N), np.asarray(whole * leached * run_off * N2O_PER_N)


def liming(M_limestone: ArrayLike, M_dolomite: ArrayLike = 0.0) -> Array:
    """CO2 of lime spread, t: (M_limestone 0.12 + M_dolomite 0.13) 44/12. Vol. 4 ch. 11 eq. 11.12."""
    limestone, dolomite = amounts(M_limestone=M_limestone, M_dolomite=M_dolomite)
    return np.asarray((limestone * 0.12 + dolomite * 0.13) * CO2_PER_C)


def urea(M: ArrayLike) -> Array:
    """CO2 of urea spread, t: M 0.20 44/12. Vol. 4 ch. 11 eq. 11.13."""
    (spread,) = amounts(M=M)
    return np.asarray(spread * 0.20 * CO2_PER_C)


def rice_factor(
    EF_c: ArrayLike = 1.30, SF_w: ArrayLike = 1.0, SF_p: ArrayLike = 1.0, SF_o: ArrayLike = 1.0, SF_s: ArrayLike = 1.0
) -> Array:
    """Daily EF of rice, kg CH4/ha/day: EF_c SF_w SF_p SF_o SF_s: water during and before, straw, soil. Eq. 5.2."""
    base, water, before, straw, soil = amounts(EF_c=EF_c, SF_w=SF_w, SF_p=SF_p, SF_o=SF_o, SF_s=SF_s)
    return np.asarray(base * water * before * straw * soil)


def straw_scaling(ROA: ArrayLike, CFOA: ArrayLike) -> Array:
    """SF_o of organic amendments: (1 + sum of ROA CFOA) ^ 0.59, over kinds on the last axis. Vol. 4 ch. 5 eq. 5.3."""
    applied, conversion = amounts(ROA=ROA, CFOA=CFOA)
    return np.asarray((1 + np.sum(applied * conversion, axis=-1)) ** 0.59)


def rice_methane(A: ArrayLike, t: ArrayLike, EF: ArrayLike) -> Array:
    """Methane of rice, t CH4/year: A (ha) t (days) EF (kg/ha/day) / 1000. Vol. 4 ch. 5 eq. 5.1."""
    area, days, factor = amounts(A=A, t=t, EF=EF)
    return np.asarray(area * days * factor / 1000.0)


def fire(A: ArrayLike, M_B: ArrayLike, C_f: ArrayLike, G_ef: ArrayLike) -> Array:
    """A gas of fire on land, t: A M_B C_f G_ef / 1000, for forest, grassland and residues alike.

    A: ha. M_B: t dry matter/ha that can burn. C_f: share that burns. G_ef: g/kg dry matter. Vol. 4 ch. 2 eq. 2.27.
    """
    (area, fuel, factor), (burns,) = amounts(A=A, M_B=M_B, G_ef=G_ef), shares(C_f=C_f)
    return np.asarray(area * fuel * burns * factor / 1000.0)


def respiration(N: ArrayLike, EF: ArrayLike) -> Array:
    """CO2 breathed out, t/year: N EF / 1000, a biogenic memo item; plants took it up the season before. EF: kg/head."""
    heads, factor = amounts(N=N, EF=EF)
    return np.asarray(heads * factor / 1000.0)
