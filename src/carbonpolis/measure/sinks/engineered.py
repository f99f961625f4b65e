"""Engineered sinks: biochar, carbon dioxide stored underground or taken from the air, and green roofs."""

from __future__ import annotations

from typing import Any

import numpy as np

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.bounds import within
from carbonpolis.measure.sinks.model import CO2_PER_C, REMOVAL_UNIT, Input, Model
from carbonpolis.measure.sinks.parameters import keys, parameter, value

KWH_PER_MWH = 1000.0
KG_PER_T = 1000.0


def biochar(biochar_t: Any, feedstock: str, temperature: str) -> Estimate:
    """2019 Refinement vol. 4 eq. 4Ap.1: mass x carbon content x share left after 100 years x 44/12."""
    carbon, kept = parameter("biochar_carbon", feedstock), parameter("biochar_permanence", temperature)
    stored = carbon * Estimate(kept.mean, kept.sd, "") * CO2_PER_C
    return Estimate(stored.mean * biochar_t, stored.sd * biochar_t, REMOVAL_UNIT)


def biochar_carbon(bc_tot: Any, f_c: Any, f_perm: Any) -> Any:
    """Eq. 4Ap.1: dBC = BC_TOT F_C F_perm, t C/year; BC_TOT in t dry matter a year, the share left after 100 years."""
    made = within("eq. 4Ap.1", "bc_tot", bc_tot, "t/year")
    shares = [within("eq. 4Ap.1", name, each, "", high=1.0) for name, each in (("f_c", f_c), ("f_perm", f_perm))]
    return shares[0] * shares[1] * made


def pyrolysis_class(celsius: float) -> str:
    """The class of table 4Ap.2 that a pyrolysis temperature falls into: low 350-450, medium to 600, high above.

    Raises ValueError below 350 degrees Celsius, where the table promises no permanence.
    """
    degrees = within("biochar", "temperature", celsius, "degrees Celsius", low=350.0, high=1500.0)
    return "low" if degrees < 450 else "medium" if degrees <= 600 else "high"


def stored_net(
    stored_t: Any, electricity_mwh: Any, grid_t_per_mwh: Any, other_emissions_t: Any, leaked_t: Any
) -> Estimate:
    """Mass balance: what the meter says was stored, less what the plant emitted and what leaked in the year."""
    net = stored_t - electricity_mwh * grid_t_per_mwh - other_emissions_t - leaked_t
    return Estimate(net, stored_t * value("metering", "co2"), REMOVAL_UNIT)


def air_capture(
    captured_t: Any,
    electricity_kwh_per_t: Any,
    grid_t_per_mwh: Any,
    heat_gj_per_t: Any,
    heat_t_per_gj: Any,
    other_emissions_t: Any,
    leaked_share: Any,
) -> Estimate:
    """Mass balance of a capture plant from its energy need per tonne: captured - energy - materials - leaked, t CO2.

    The meter's error acts on the net share of every tonne captured, since energy is used in proportion.
    """
    energy = electricity_kwh_per_t / KWH_PER_MWH * grid_t_per_mwh + heat_gj_per_t * heat_t_per_gj
    share = 1.0 - energy - leaked_share
    net = captured_t * share - other_emissions_t
    return Estimate(net, captured_t * np.abs(share) * value("metering", "co2"), REMOVAL_UNIT)


def green_roof(area_m2: Any, age_years: Any) -> Estimate:
    """Carbon that plants and substrate of an extensive roof take up in its first years; nothing net after, t CO2/year.

    Getter et al. 2009: 375 g C/m2 in two growing seasons of Sedum on 6 cm of substrate. What the roof's making emitted,
    and the energy it saves, are not in it.
    """
    carbon = parameter("green_roof_carbon", "extensive")
    growing = np.where(np.asarray(age_years) <= value("green_roof_years", "extensive"), 1.0, 0.0)
    removed = carbon * area_m2 * (CO2_PER_C / KG_PER_T) * growing
    mean, sd = (each if np.ndim(each) else float(each) for each in (removed.mean, removed.sd))
    return Estimate(mean, sd, REMOVAL_UNIT)


_BALANCE = (
    Input("stored_t", "t CO2/year", "from the air or from biomass, metered into storage; fossil CO2 is no removal"),
    Input("electricity_mwh", "MWh/year", "electricity used", default=0.0),
    Input("grid_t_per_mwh", "t CO2e/MWh", "intensity of that electricity", default=0.0, high=2.0),
    Input("other_emissions_t", "t CO2e/year", "heat, transport, materials", default=0.0),
    Input("leaked_t", "t CO2/year", "found to have leaked", default=0.0),
)

MODELS = (
    Model(
        "biochar",
        "biochar",
        (
            Input("biochar_t", "t/year", "biochar put into soil, dry"),
            Input("feedstock", "", "what it was made from", default="wood", choices=keys("biochar_carbon")),
            Input("temperature", "", "of pyrolysis", default="medium", choices=keys("biochar_permanence")),
        ),
        "2019 Refinement to the IPCC 2006 Guidelines vol. 4 ch. 2 appendix 4 eq. 4Ap.1, tables 4Ap.1, 4Ap.2",
        biochar,
    ),
    Model(
        "geological_storage",
        "geological",
        _BALANCE,
        "mass balance; IPCC 2006 Guidelines vol. 2 ch. 5 s. 5.7",
        stored_net,
    ),
    Model(
        "direct_air_capture",
        "air_capture",
        _BALANCE,
        "mass balance net of energy; storage as IPCC 2006 Guidelines vol. 2 ch. 5 s. 5.7",
        stored_net,
    ),
    Model(
        "air_capture_by_energy",
        "air_capture",
        (
            Input("captured_t", "t CO2/year", "taken from the air and stored"),
            Input("electricity_kwh_per_t", "kWh/t CO2", "electricity need", default=0.0, high=10_000.0),
            Input("grid_t_per_mwh", "t CO2e/MWh", "intensity of that electricity", default=0.0, high=2.0),
            Input("heat_gj_per_t", "GJ/t CO2", "heat need", default=0.0, high=50.0),
            Input("heat_t_per_gj", "t CO2e/GJ", "intensity of that heat", default=0.0, high=0.2),
            Input("other_emissions_t", "t CO2e/year", "materials, transport", default=0.0),
            Input(
                "leaked_share", "share", "of the captured, that leaks before or after storage", default=0.0, high=1.0
            ),
        ),
        "mass balance net of energy and leakage; storage as IPCC 2006 Guidelines vol. 2 ch. 5 s. 5.7",
        air_capture,
    ),
    Model(
        "green_roof",
        "urban_trees",
        (
            Input("area_m2", "m2", "extensive (thin, Sedum) green roof"),
            Input("age_years", "years", "since it was planted; above 2 there is no net removal", default=1.0),
        ),
        "Getter et al. 2009, Environ. Sci. Technol. 43:7564-7570, doi 10.1021/es901539x, results",
        green_roof,
    ),
)
