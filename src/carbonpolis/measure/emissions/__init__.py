"""What cities emit: activity data times factor times GWP, line by line, each with its uncertainty."""

from __future__ import annotations

from carbonpolis.measure.emissions.check import faults
from carbonpolis.measure.emissions.factors import REPORTED, factors_table, references
from carbonpolis.measure.emissions.input_output import leontief
from carbonpolis.measure.emissions.inventory import Inventory, inventory
from carbonpolis.measure.emissions.waste import landfill

__all__ = ["REPORTED", "Inventory", "factors_table", "faults", "inventory", "landfill", "leontief", "references"]
