"""What a project takes up by its measurement model: its area, its city's ecological zone and its own inputs."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pandas as pd

from carbonpolis.measure import Estimate, sinks
from carbonpolis.platform.work import State
from carbonpolis.registry.party import City
from carbonpolis.registry.project import SinkProject
from carbonpolis.registry.verification import Evidence


def measured(state: State, project: SinkProject) -> Estimate:
    """A project's yearly removal by its model, t CO2/year. Raises ValueError from the model naming a wrong input."""
    return sinks.model(project.model).removal(**_given(state, project))


def inputs_behind(state: State, project: SinkProject, year: int) -> tuple[Evidence, ...]:
    """What a modelled year rests on: every figure that the model was given, as evidence with its unit and source."""
    given = _given(state, project)
    return tuple(
        Evidence("input", f"{each.name} ({each.meaning})", float(value), each.unit, str(year), project.source)
        for each in sinks.model(project.model).inputs
        if isinstance(value := given.get(each.name), int | float)
    )


def readings_behind(readings: pd.DataFrame, city: str, since: date, until: date) -> tuple[Evidence, ...]:
    """Stored readings of a city from one day up to, not with, another, as evidence: each with its time and source."""
    first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (since, until))
    mine = readings[(readings["city"] == city) & (readings["time"] >= first) & (readings["time"] < last)]
    return tuple(
        Evidence(
            "reading",
            f"{row['stream']}/{row['time']:%Y-%m-%dT%H:%MZ}",
            float(row["value"]),
            str(row["unit"]),
            row["time"].date().isoformat(),
            str(row["source"]),
        )
        for row in mine.to_dict("records")
        if pd.notna(row["value"])
    )


def _given(state: State, project: SinkProject) -> dict[str, float | str]:
    wanted = {each.name for each in sinks.model(project.model).inputs}
    given: dict[str, float | str] = dict(project.inputs)
    for name in ("area_ha", "crown_area_ha"):
        if name in wanted and name not in given:
            given[name] = project.area_ha
    if "ecological_zone" in wanted and "ecological_zone" not in given:
        given["ecological_zone"] = state.get(City, project.city).ecological_zone
    return given
