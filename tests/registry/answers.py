"""Answers of two good projects, for tests to change one by one."""

from __future__ import annotations

_HAZARDS = {
    f"{hazard}_{name}": value
    for hazard in ("fire", "pest", "weather", "geology", "others")
    for name, value in {"loss": 3, "years": 200, "mitigation": "none"}.items()
}
_CLIMATE = {f"{hazard}_climate_factor": 1.0 for hazard in ("fire", "pest", "weather")}

VCS: dict[str, str | float] = {
    "adaptive_plan": "yes",
    "species_unproven": "no",
    "enforcement_needed": "no",
    "skill_missing": "no",
    "team_distant": "no",
    "loss_report_missed": "no",
    "farm_training_missing": "no",
    "farm_support_missing": "no",
    "experienced_team": "yes",
    "training_plan": "yes",
    "payback_years": 3,
    "funding_secured": 90,
    "callable_funds": 0,
    "alternative_npv": 0,
    "subsistence": "no",
    "legal_protection": "none",
    "non_profit": "no",
    "longevity_years": 100,
    "longevity_duty": "legal duty",
    "owner_differs": "no",
    "land_rights": "none",
    "ownership_disputes": "none",
    "access_disputes": "none",
    "wetland_upstream": "no",
    "tenure_protection": "no",
    "disputes_resolving": "no",
    "consulted_inside": 80,
    "consulted_nearby": 50,
    "governance": 1.2,
    "ndc_land_use": "yes",
    "sea_level": 0,
    "adaptive_criteria": 0,
    **_HAZARDS,
    **_CLIMATE,
}
CAR: dict[str, str | float] = {"owner": "private", "subordination": "no", "wildfire": 4, "vegetation_plan": 30}
