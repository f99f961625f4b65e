"""What cities emit: activity data times factor times GWP, line by line, each with its uncertainty.

The calculators are plain functions with the standards' symbols, in agriculture, energy, industry, transport, waste.
"""

from __future__ import annotations

from carbonpolis.measure.emissions import regions
from carbonpolis.measure.emissions.calculators import agriculture, energy, industry, transport, waste
from carbonpolis.measure.emissions.calculators.consumption import downscaled, emitted, footprint_activities, household
from carbonpolis.measure.emissions.calculators.energy import with_losses
from carbonpolis.measure.emissions.calculators.parameters import by_country, parameter, parameters
from carbonpolis.measure.emissions.calculators.waste import landfill
from carbonpolis.measure.emissions.check import faults
from carbonpolis.measure.emissions.factors import (
    BIOGENIC,
    MEMO,
    REPORTED,
    activities_table,
    direct,
    factors_table,
    potential,
    read_factors,
    recalled,
    references,
)
from carbonpolis.measure.emissions.input_output.leontief import leontief
from carbonpolis.measure.emissions.input_output.mrio import Accounts, System, from_coefficients, from_flows
from carbonpolis.measure.emissions.input_output.mrio_files import read_system
from carbonpolis.measure.emissions.input_output.paths import structural_paths
from carbonpolis.measure.emissions.inventory import Inventory, inventory
from carbonpolis.measure.emissions.placement import places
from carbonpolis.measure.emissions.units import convert

__all__ = [
    "BIOGENIC",
    "MEMO",
    "REPORTED",
    "Accounts",
    "Inventory",
    "System",
    "activities_table",
    "agriculture",
    "by_country",
    "convert",
    "direct",
    "downscaled",
    "emitted",
    "energy",
    "factors_table",
    "faults",
    "footprint_activities",
    "from_coefficients",
    "from_flows",
    "household",
    "industry",
    "inventory",
    "landfill",
    "leontief",
    "parameter",
    "parameters",
    "places",
    "potential",
    "read_factors",
    "read_system",
    "recalled",
    "references",
    "regions",
    "structural_paths",
    "transport",
    "waste",
    "with_losses",
]
