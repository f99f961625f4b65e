"""Urban trees: what their crowns take up."""

from __future__ import annotations

from typing import Any

import numpy as np

from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.model import CO2_PER_C, REMOVAL_UNIT, Input, Model
from carbonpolis.measure.sinks.parameters import parameter, value


def crown_cover(crown_area_ha: Any, mean_age_years: Any) -> Estimate:
    """IPCC 2006 vol. 4 eq. 8.2: crown area x growth rate; nothing net where the trees are past active growth."""
    growing = np.where(np.asarray(mean_age_years) <= value("urban_active_years"), 1.0, 0.0)
    removed = parameter("urban_crown_growth", "all") * crown_area_ha * CO2_PER_C * growing
    mean, sd = (each if np.ndim(each) else float(each) for each in (removed.mean, removed.sd))
    return Estimate(mean, sd, REMOVAL_UNIT)


MODELS = (
    Model(
        "urban_trees_crown_cover",
        "urban_trees",
        (
            Input("crown_area_ha", "ha", "area covered by tree crowns"),
            Input(
                "mean_age_years",
                "years",
                "mean age of the trees; above 20 the default method gives no net removal",
                default=20.0,
            ),
        ),
        "IPCC 2006 Guidelines vol. 4 ch. 8 eq. 8.2, table 8.1 (tier 2a)",
        crown_cover,
    ),
)
