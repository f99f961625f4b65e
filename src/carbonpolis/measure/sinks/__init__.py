"""Sink models: from plot data to yearly removal with its uncertainty. The table of models is the list for everybody."""

from __future__ import annotations

from carbonpolis.measure.sinks import engineered, forest, soil, urban_trees, wetland
from carbonpolis.measure.sinks.growth import chapman_richards
from carbonpolis.measure.sinks.model import Input, Model
from carbonpolis.measure.sinks.parameters import ecological_zones
from carbonpolis.measure.sinks.potential import planted, planting_curve

_MODELS: dict[str, Model] = {
    each.name: each for family in (forest, urban_trees, wetland, soil, engineered) for each in family.MODELS
}


def models() -> list[str]:
    """Names of the models."""
    return list(_MODELS)


def model(name: str) -> Model:
    """A model by its name. Raises ValueError listing the names there are."""
    if name not in _MODELS:
        raise ValueError(f"no sink model {name!r}; choose from {', '.join(_MODELS)}")
    return _MODELS[name]


__all__ = [
    "Input",
    "Model",
    "chapman_richards",
    "ecological_zones",
    "model",
    "models",
    "planted",
    "planting_curve",
]
