"""What cities emit: activity data times factor times GWP, line by line, each with its uncertainty."""

from __future__ import annotations

from carbonpolis.measure.emissions.check import faults
from carbonpolis.measure.emissions.factors import (
    BIOGENIC,
    MEMO,
    REPORTED,
    activities_table,
    factors_table,
    potential,
    read_factors,
    recalled,
    references,
)
from carbonpolis.measure.emissions.input_output import leontief
from carbonpolis.measure.emissions.inventory import Inventory, inventory
from carbonpolis.measure.emissions.mrio import Accounts, System, from_coefficients, from_flows
from carbonpolis.measure.emissions.mrio_files import read_system
from carbonpolis.measure.emissions.paths import structural_paths
from carbonpolis.measure.emissions.units import convert
from carbonpolis.measure.emissions.waste import landfill

__all__ = [
    "BIOGENIC",
    "MEMO",
    "REPORTED",
    "Accounts",
    "Inventory",
    "System",
    "activities_table",
    "convert",
    "factors_table",
    "faults",
    "from_coefficients",
    "from_flows",
    "inventory",
    "landfill",
    "leontief",
    "potential",
    "read_factors",
    "read_system",
    "recalled",
    "references",
    "structural_paths",
]
