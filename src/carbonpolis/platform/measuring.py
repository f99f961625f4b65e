"""What a project takes up by its measurement model: its area, its city's ecological zone and its own inputs."""

from __future__ import annotations

from carbonpolis.measure import Estimate, sinks
from carbonpolis.platform.work import State
from carbonpolis.registry.party import City
from carbonpolis.registry.project import SinkProject


def measured(state: State, project: SinkProject) -> Estimate:
    """A project's yearly removal by its model, t CO2/year. Raises ValueError from the model naming a wrong input."""
    model = sinks.model(project.model)
    wanted = {each.name for each in model.inputs}
    given: dict[str, float | str] = dict(project.inputs)
    for name in ("area_ha", "crown_area_ha"):
        if name in wanted and name not in given:
            given[name] = project.area_ha
    if "ecological_zone" in wanted and "ecological_zone" not in given:
        given["ecological_zone"] = state.get(City, project.city).ecological_zone
    return model.removal(**given)
