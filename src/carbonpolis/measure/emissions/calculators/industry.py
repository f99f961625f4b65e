"""Industry: minerals, metals, chemicals, refrigerants (IPCC 2006 vol. 3; 2019 refinement where said)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from carbonpolis.measure.emissions.calculators.terms import Array, amounts, shares

CO2_PER_C = 44.0 / 12.0
CO2_PER_CAO = 44.01 / 56.08  # molar masses, as in eq. 2.4


def clinker_factor(CaO: ArrayLike = 0.65, not_carbonate: ArrayLike = 0.0) -> Array:
    """EF of clinker, t CO2/t: CaO from carbonate x 44.01/56.08; 0.51 for the default of 65 % (vol. 3 ch. 2 eq. 2.4)."""
    oxide, other = shares(CaO=CaO, not_carbonate=not_carbonate)
    return np.asarray((oxide - np.minimum(other, oxide)) * CO2_PER_CAO)


def cement(M_c: ArrayLike, C_cl: ArrayLike, Im: float = 0.0, Ex: float = 0.0, EF_clc: float = 0.52) -> float:
    """CO2 of cement by tier 1, t: (sum of M_c C_cl - Im + Ex) EF_clc.

    M_c: t cement by kind. C_cl: clinker share of each. Im, Ex: t clinker brought in and sent out. EF_clc: t CO2/t
    clinker, lost kiln dust (2 %) included. IPCC 2006 vol. 3 ch. 2 eq. 2.1. Raises ValueError for more clinker brought
    in than used.
    """
    (made, bought, sold, factor), (share,) = amounts(M_c=M_c, Im=Im, Ex=Ex, EF_clc=EF_clc), shares(C_cl=C_cl)
    own = float(np.sum(made * share) - bought + sold)
    if own < 0:
        raise ValueError(f"more clinker was brought in ({Im:g} t) than cement and exports hold; check Im and C_cl")
    return own * float(factor)


def clinker(M_cl: ArrayLike, EF_cl: ArrayLike = 0.51, CF_ckd: ArrayLike = 1.02) -> Array:
    """CO2 of clinker by tier 2, t: M_cl EF_cl CF_ckd (vol. 3 ch. 2 eq. 2.2; EF eq. 2.4, kiln dust eq. 2.5)."""
    made, factor, dust = amounts(M_cl=M_cl, EF_cl=EF_cl, CF_ckd=CF_ckd)
    return np.asarray(made * factor * dust)


def lime(M_l: ArrayLike, EF: ArrayLike, CF_lkd: ArrayLike = 1.0, C_h: ArrayLike = 1.0) -> Array:
    """CO2 of lime by kind, t: M_l EF CF_lkd C_h (vol. 3 ch. 2 eq. 2.6; C_h 0.97 where a share is hydrated)."""
    made, factor, dust = amounts(M_l=M_l, EF=EF, CF_lkd=CF_lkd)
    (hydrated,) = shares(C_h=C_h)
    return np.asarray(made * factor * dust * hydrated)


def glass(M_g: ArrayLike, EF: ArrayLike = 0.20, CR: ArrayLike = 0.0) -> Array:
    """CO2 of glass, t: M_g EF (1 - CR), CR the share of cullet (vol. 3 ch. 2 eq. 2.10, by kind 2.11; EF eq. 2.13)."""
    (melted, factor), (cullet,) = amounts(M_g=M_g, EF=EF), shares(CR=CR)
    return np.asarray(melted * factor * (1 - cullet))


def carbonates(M: ArrayLike, EF: ArrayLike, F: ArrayLike = 1.0) -> Array:
    """CO2 of carbonates calcined, t: M EF F, F the share calcined (vol. 3 ch. 2 eq. 2.16; EF table 2.1)."""
    (used, factor), (calcined,) = amounts(M=M, EF=EF), shares(F=F)
    return np.asarray(used * factor * calcined)


def iron_and_steel(made: ArrayLike, EF: ArrayLike) -> Array:
    """CO2 by tier 1, t: steel by furnace, pig iron, sinter, pellets, coke, t x EF (vol. 3 ch. 4 eq. 4.4 to 4.8)."""
    product, factor = amounts(made=made, EF=EF)
    return np.asarray(product * factor)


def aluminium(MP: ArrayLike, EF: ArrayLike) -> Array:
    """CO2 of anodes by tier 1, t: MP EF; 1.6 t/t prebake, 1.7 Soderberg (vol. 3 ch. 4 eq. 4.20, table 4.10)."""
    metal, factor = amounts(MP=MP, EF=EF)
    return np.asarray(metal * factor)


def perfluorocarbons(MP: ArrayLike, S: ArrayLike, AEM: ArrayLike, F: ArrayLike) -> tuple[Array, Array]:
    """CF4 and C2F6 of aluminium by the slope method, kg: S AEM MP, and F times it.

    MP: t metal. S: (kg CF4/t)/(minute/cell day). AEM: anode effect minutes a cell day. F: kg C2F6/kg CF4. Defaults:
    `parameter("pfc_slope", ...)`, `parameter("pfc_fraction", ...)`. Vol. 3 ch. 4 eq. 4.26, table 4.16.
    """
    metal, slope, minutes, ratio = amounts(MP=MP, S=S, AEM=AEM, F=F)
    first = np.asarray(slope * minutes * metal)
    return first, np.asarray(first * ratio)


def nitric_acid(NAP: ArrayLike, EF: ArrayLike, DF: ArrayLike = 0.0, ASUF: ArrayLike = 1.0) -> Array:
    """N2O, kg: NAP (t) EF (kg/t) (1 - DF ASUF), DF destroyed, ASUF share of use (vol. 3 ch. 3 eq. 3.6)."""
    (acid, factor), (destroyed, used) = amounts(NAP=NAP, EF=EF), shares(DF=DF, ASUF=ASUF)
    return np.asarray(acid * factor * (1 - destroyed * used))


def ammonia(AP: ArrayLike, FR: ArrayLike, CCF: ArrayLike, COF: ArrayLike = 1.0, R_CO2: ArrayLike = 0.0) -> Array:
    """CO2, kg: AP (t) FR (GJ/t) CCF (kg C/GJ) COF 44/12 - R_CO2 recovered for urea (vol. 3 ch. 3 eq. 3.1)."""
    made, fuel, carbon, recovered = amounts(AP=AP, FR=FR, CCF=CCF, R_CO2=R_CO2)
    (oxidised,) = shares(COF=COF)
    return np.asarray(made * fuel * carbon * oxidised * CO2_PER_C - recovered)


def refrigerant_balance(
    new: ArrayLike, charge_new: ArrayLike, charge_retired: ArrayLike, destroyed: ArrayLike
) -> Array:
    """Refrigerant lost by the mass balance, in its mass: new - charge_new + charge_retired - destroyed.

    new: sold in the year. charge_new: filled into new equipment. charge_retired: the charge of equipment given up.
    destroyed: on purpose. IPCC 2006 vol. 3 ch. 7 eq. 7.9.
    """
    sold, filled, retired, gone = amounts(
        new=new, charge_new=charge_new, charge_retired=charge_retired, destroyed=destroyed
    )
    return np.asarray(sold - filled + retired - gone)


def refrigerant(
    bank: ArrayLike,
    x: ArrayLike,
    filled: ArrayLike = 0.0,
    k: ArrayLike = 0.0,
    sold: ArrayLike = 0.0,
    c: ArrayLike = 0.0,
    retired: ArrayLike = 0.0,
    p: ArrayLike = 0.0,
    eta: ArrayLike = 0.0,
) -> Array:
    """Refrigerant lost by the factor approach, in its mass: containers, filling, use, end of life together.

    sold c + filled k + bank x + retired p (1 - eta): c lost from containers, k on filling new equipment, x a year in
    use, p the charge left at the end of which eta is recovered. IPCC 2006 vol. 3 ch. 7 eq. 7.10 to 7.14, table 7.9.
    """
    held, new, market, old = amounts(bank=bank, filled=filled, sold=sold, retired=retired)
    leak, first, containers, left, recovered = shares(x=x, k=k, c=c, p=p, eta=eta)
    return np.asarray(market * containers + new * first + held * leak + old * left * (1 - recovered))
