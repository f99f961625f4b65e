"""Waste: landfills by first-order decay, composting, burning, waste water (IPCC 2006 vol. 5; GPC v1.1 ch. 8)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonpolis.measure.emissions.calculators.parameters import parameter
from carbonpolis.measure.emissions.calculators.terms import Array, amounts, shares

CH4_PER_C = 16.0 / 12.0  # molar masses
CO2_PER_C = 44.0 / 12.0
N2O_PER_N = 44.0 / 28.0
DAYS = 365.0


def landfill(
    waste_t: ArrayLike,
    years: ArrayLike,
    doc: float,
    docf: float,
    mcf: float,
    k: float,
    f: float,
    ox: float,
    r: ArrayLike,
) -> NDArray[np.float64]:
    """Methane emitted in each of `years`, t CH4/year.

    waste_t: tonnes deposited by year, aligned with `years` (consecutive). doc: degradable organic carbon, share of
    wet waste. docf: share of it that decomposes. mcf: methane correction factor. k: decay rate, 1/year. f: methane
    share of landfill gas. ox: oxidised share. r: recovered, t CH4/year, a number or by year.
    IPCC 2006 vol. 5 ch. 3 eq. 3.1 to 3.6; decay begins on the first of January after deposit (delay of six months, eq.
    3.4 and 3.5 with month 13). Raises ValueError for unequal lengths, gaps in the years, or values out of range.
    """
    deposited, calendar = np.asarray(waste_t, dtype=np.float64), np.asarray(years)
    if deposited.ndim != 1 or deposited.shape != calendar.shape:
        raise ValueError(f"waste_t has shape {deposited.shape}, years {calendar.shape}; expected one amount a year")
    if len(calendar) > 1 and not np.all(np.diff(calendar) == 1):
        raise ValueError("the years have a gap; expected consecutive ones, 0 t where nothing was deposited")
    if np.any(deposited < 0) or not np.all(np.isfinite(deposited)):
        raise ValueError("waste_t holds an amount below 0 or none at all; expected tonnes, 0 or more")
    shares(doc=doc, docf=docf, mcf=mcf, f=f, ox=ox)
    if not 0 < k < np.inf:
        raise ValueError(f"k is {k}; expected a decay rate above 0 per year")
    recovered = np.asarray(r, dtype=np.float64)
    if recovered.shape not in ((), deposited.shape) or not np.all(recovered >= 0):
        raise ValueError(f"r is {r!r}; expected t CH4 recovered, 0 or more: a number, or one a year")
    degradable = deposited * doc * docf * mcf
    decomposed = np.zeros_like(degradable)
    stock = 0.0
    for position, fresh in enumerate(degradable):
        decomposed[position] = stock * (1.0 - np.exp(-k))
        stock = stock * np.exp(-k) + fresh
    generated = decomposed * f * CH4_PER_C
    emitted: NDArray[np.float64] = np.maximum(0.0, generated - recovered) * (1.0 - ox)
    return emitted


def landfill_by_type(
    waste_t: Mapping[str, ArrayLike],
    years: ArrayLike,
    climate: str,
    site: str = "managed",
    *,
    covered: bool = False,
    r: ArrayLike = 0.0,
    edition: int = 2006,
) -> NDArray[np.float64]:
    """Methane of mixed waste, t CH4/year: each kind decays at its own rate, by the IPCC's defaults.

    waste_t: tonnes deposited by year for each kind (food, garden, paper, textiles, wood, nappies). climate: as "boreal
    and temperate, wet" or "tropical, dry". site: managed, managed semi-aerobic, unmanaged deep, unmanaged shallow,
    uncategorised. covered: with soil or compost, so that a share oxidises. r: recovered, t CH4/year. Recovery is taken
    from the sum, before oxidation (eq. 3.1). edition: 2006, half of all carbon decomposes; 2019, by kind (food and
    garden 0.7, paper, textiles and nappies 0.5, wood 0.1; table 3.0). Defaults: `parameters`. Raises ValueError for an
    unknown kind, climate or edition.
    """
    if edition not in (2006, 2019):
        raise ValueError(f"no edition {edition!r} of the IPCC's guidelines; choose 2006 or 2019")
    f, ox = parameter("f").mean, parameter("ox", "managed, covered" if covered else "other").mean
    mcf = parameter("mcf", site).mean
    generated = np.zeros(np.shape(years))
    for kind, deposited in waste_t.items():
        docf = parameter("docf", "all" if edition == 2006 else f"{kind}, 2019").mean
        doc, k = parameter("doc", kind).mean, parameter("k", f"{kind}, {climate}").mean
        generated += landfill(deposited, years, doc, docf, mcf, k, f, 0.0, 0.0)
    (recovered,) = amounts(r=r)
    emitted: NDArray[np.float64] = np.maximum(0.0, generated - recovered) * (1.0 - ox)
    return emitted


def degradable_carbon(
    food: ArrayLike,
    garden: ArrayLike,
    paper: ArrayLike,
    wood: ArrayLike,
    textiles: ArrayLike,
    industrial: ArrayLike = 0.0,
) -> Array:
    """DOC of mixed waste, t C/t wet waste, from the shares of its kinds.

    0.15 food + 0.2 garden + 0.4 paper + 0.43 wood + 0.24 textiles + 0.15 industrial (GPC v1.1 eq. 8.1; IPCC 2006 vol. 5
    ch. 2 table 2.4). Raises ValueError for shares that are none.
    """
    parts = shares(food=food, garden=garden, paper=paper, wood=wood, textiles=textiles, industrial=industrial)
    return np.asarray(sum(c * part for c, part in zip((0.15, 0.2, 0.4, 0.43, 0.24, 0.15), parts, strict=True)))


def methane_commitment(
    MSW: ArrayLike,
    DOC: ArrayLike,
    DOCf: ArrayLike,
    MCF: ArrayLike,
    F: ArrayLike,
    f_rec: ArrayLike = 0.0,
    OX: ArrayLike = 0.0,
) -> Array:
    """All methane that the waste of one year will ever give, t CH4: MSW L0 (1 - f_rec) (1 - OX).

    L0 = MCF DOC DOCf F 16/12. MSW: t landfilled. GPC v1.1 eq. 8.3 and 8.4; the other way to count than `landfill`, and
    never to be added to it. Raises ValueError for terms out of range.
    """
    (landfilled,) = amounts(MSW=MSW)
    doc, docf, mcf, f, recovered, ox = shares(DOC=DOC, DOCf=DOCf, MCF=MCF, F=F, f_rec=f_rec, OX=OX)
    return np.asarray(landfilled * mcf * doc * docf * f * CH4_PER_C * (1 - recovered) * (1 - ox))


def biological_treatment(M: ArrayLike, EF: ArrayLike, R: ArrayLike = 0.0) -> Array:
    """Emissions of composting or digestion, t of the gas: M EF / 1000 - R.

    M: t treated. EF: g gas/kg waste. R: t recovered (CH4 alone). IPCC 2006 vol. 5 ch. 4 eq. 4.1 and 4.2, table 4.1.
    """
    treated, factor, recovered = amounts(M=M, EF=EF, R=R)
    return np.asarray(np.maximum(0.0, treated * factor / 1000.0 - recovered))


def incineration(SW: ArrayLike, dm: ArrayLike, CF: ArrayLike, FCF: ArrayLike, OF: ArrayLike = 1.0) -> Array:
    """Fossil CO2 of burnt waste, t CO2: SW dm CF FCF OF 44/12, by kind of waste.

    SW: t wet waste burnt. dm: dry share. CF: carbon in dry matter. FCF: fossil share of the carbon. OF: oxidised share.
    With 1 - FCF it is the biogenic CO2, a memo item. IPCC 2006 vol. 5 ch. 5 eq. 5.1 (5.2 with SW = MSW WF).
    """
    (burnt,) = amounts(SW=SW)
    dry, carbon, fossil, oxidised = shares(dm=dm, CF=CF, FCF=FCF, OF=OF)
    return np.asarray(burnt * dry * carbon * fossil * oxidised * CO2_PER_C)


def burnt_in_the_open(P: ArrayLike, P_frac: ArrayLike, MSW_P: ArrayLike, B_frac: ArrayLike) -> Array:
    """Waste burnt in the open, t/year: P P_frac MSW_P B_frac 365 / 1000.

    P: persons. P_frac: share of them that burn. MSW_P: kg waste/person/day. B_frac: share of it burnt. IPCC 2006 vol. 5
    ch. 5 eq. 5.7 (there in Gg).
    """
    people, waste = amounts(P=P, MSW_P=MSW_P)
    burning, share = shares(P_frac=P_frac, B_frac=B_frac)
    return np.asarray(people * burning * waste * share * DAYS / 1000.0)


def organic_load(P: ArrayLike, BOD: ArrayLike, I: ArrayLike = 1.0) -> Array:  # noqa: E741 the standard's own letter
    """TOW of domestic waste water, kg BOD/year: P BOD 0.001 I 365.

    P: persons. BOD: g/person/day. I: for industry into sewers, 1.25 where collected, else 1. IPCC 2006 vol. 5 eq. 6.3.
    """
    people, load, industry = amounts(P=P, BOD=BOD, I=I)
    return np.asarray(people * load * 0.001 * industry * DAYS)


def industrial_load(P: ArrayLike, W: ArrayLike, COD: ArrayLike) -> Array:
    """TOW of an industry, kg COD/year: P (t product) W (m3/t) COD (kg/m3). IPCC 2006 vol. 5 eq. 6.6."""
    product, water, load = amounts(P=P, W=W, COD=COD)
    return np.asarray(product * water * load)


def wastewater_methane(TOW: ArrayLike, B0: ArrayLike, MCF: ArrayLike, S: ArrayLike = 0.0, R: ArrayLike = 0.0) -> Array:
    """Methane of waste water, kg CH4/year: (TOW - S) B0 MCF - R.

    TOW: kg BOD (or COD) into this way of treatment. S: kg of it taken out as sludge. B0: kg CH4/kg. R: kg recovered.
    IPCC 2006 vol. 5 ch. 6 eq. 6.1, 6.2 and 6.4. Raises ValueError where more sludge is taken out than came in.
    """
    load, sludge, capacity, recovered = amounts(TOW=TOW, S=S, B0=B0, R=R)
    (mcf,) = shares(MCF=MCF)
    if np.any(sludge > load):
        raise ValueError(f"S is {S!r}, more than TOW {TOW!r}; expected at most what came in")
    return np.asarray(np.maximum(0.0, (load - sludge) * capacity * mcf - recovered))


def effluent_nitrogen(
    P: ArrayLike,
    protein: ArrayLike,
    F_NPR: ArrayLike = 0.16,
    F_NON_CON: ArrayLike = 1.1,
    F_IND_COM: ArrayLike = 1.25,
    N_SLUDGE: ArrayLike = 0.0,
) -> Array:
    """Nitrogen in effluent, kg N/year: P protein F_NPR F_NON_CON F_IND_COM - N_SLUDGE.

    P: persons. protein: kg/person/year. Defaults: IPCC 2006 vol. 5 ch. 6 s. 6.3.1 (`parameters`). Source: eq. 6.8.
    """
    people, eaten, share, non, industry, sludge = amounts(
        P=P, protein=protein, F_NPR=F_NPR, F_NON_CON=F_NON_CON, F_IND_COM=F_IND_COM, N_SLUDGE=N_SLUDGE
    )
    return np.asarray(np.maximum(0.0, people * eaten * share * non * industry - sludge))


def effluent_n2o(N_EFFLUENT: ArrayLike, EF: ArrayLike = 0.005) -> Array:
    """N2O of effluent, kg N2O/year: N_EFFLUENT EF 44/28 (EF: kg N2O-N/kg N). IPCC 2006 vol. 5 ch. 6 eq. 6.7."""
    nitrogen, factor = amounts(N_EFFLUENT=N_EFFLUENT, EF=EF)
    return np.asarray(nitrogen * factor * N2O_PER_N)
