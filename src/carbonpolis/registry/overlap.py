"""Overlap: land that two projects would claim in the same years, found by an index over every plot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely

from carbonpolis.registry.boundary import area_ha, shape_of

DRAWING_ERROR_HA = 0.01  # neighbours share an edge; the rule books' `overlap_tolerance`


@dataclass(frozen=True, slots=True)
class Plot:
    """Land that a project claims from year `first` to year `last`, both included. geojson: as in Boundary."""

    project: str
    geojson: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """Land of another project in the same years."""

    project: str
    area_ha: float
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.area_ha:,.2f} ha of {self.project} in {self.first} to {self.last}"


class Plots:
    """Every plot that is claimed, in a tree by place (Shapely's STRtree), so that a check looks only at neighbours."""

    def __init__(self, plots: Iterable[Plot]) -> None:
        self._plots = tuple(plots)
        self._shapes = np.array([shape_of(plot.geojson) for plot in self._plots], dtype=object)
        self._tree = shapely.STRtree(self._shapes)

    def __len__(self) -> int:
        return len(self._plots)

    def overlaps(self, plot: Plot, tolerance_ha: float = DRAWING_ERROR_HA) -> tuple[Overlap, ...]:
        """What `plot` shares with plots of other projects in the same years, largest first.

        tolerance_ha: common area that is taken for drawing error.
        """
        shape = shape_of(plot.geojson)
        found = []
        for index in self._tree.query(shape, predicate="intersects"):
            other = self._plots[int(index)]
            first, last = max(plot.first, other.first), min(plot.last, other.last)
            if other.project == plot.project or first > last:
                continue
            common = shape.intersection(self._shapes[int(index)])
            shared = sum(area_ha(part) for part in getattr(common, "geoms", [common]) if part.area > 0)
            if shared > tolerance_ha:
                found.append(Overlap(other.project, round(shared, 4), first, last))
        return tuple(sorted(found, key=lambda each: -each.area_ha))
