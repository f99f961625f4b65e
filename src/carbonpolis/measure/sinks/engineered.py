"""Engineered sinks: biochar, carbon dioxide stored underground, and taken from the air."""

from __future__ import annotations

from typing import Any

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.model import CO2_PER_C, REMOVAL_UNIT, Input, Model
from carbonpolis.measure.sinks.parameters import keys, parameter, value


def biochar(biochar_t: Any, feedstock: str, temperature: str) -> Estimate:
    """2019 Refinement vol. 4 eq. 4Ap.1: mass x carbon content x share left after 100 years x 44/12."""
    carbon, kept = parameter("biochar_carbon", feedstock), parameter("biochar_permanence", temperature)
    stored = carbon * Estimate(kept.mean, kept.sd, "") * CO2_PER_C
    return Estimate(stored.mean * biochar_t, stored.sd * biochar_t, REMOVAL_UNIT)


def stored_net(
    stored_t: Any, electricity_mwh: Any, grid_t_per_mwh: Any, other_emissions_t: Any, leaked_t: Any
) -> Estimate:
    """Mass balance: what the meter says was stored, less what the plant emitted and what leaked in the year."""
    net = stored_t - electricity_mwh * grid_t_per_mwh - other_emissions_t - leaked_t
    return Estimate(net, stored_t * value("metering", "co2"), REMOVAL_UNIT)


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
)
