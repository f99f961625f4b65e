"""Among ten thousand projects with polygons, land claimed twice is found in under 50 ms.

A new project's polygon against 10,000 others of 40 corners, some of which cross it. Four times are taken: the check
alone (the index stands), a check with the index made anew, and the errand at the projects desk, which gathers the
plots from the state: as it was before, and after another project's claim has changed. Beside each stands the limit of
50 ms; the peer of the first is Shapely's vectorised comparison with every polygon, which must find the same projects.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import numpy as np
import shapely

from _measure import best_of, main, row
from carbonpolis.platform.registry.projects import Projects
from carbonpolis.registry import Plot, Plots, SinkProject
from carbonpolis.registry.boundary import area_ha, shape_of

PROJECTS, CORNERS, LIMIT_MS = 10_000, 40, 50.0


def polygon(random: np.random.Generator, x: float, y: float, size: float = 1.0) -> str:
    """A ragged plot, of some hundred hectares by default, as canonical GeoJSON."""
    turn = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    radius = size * random.uniform(0.005, 0.02) * random.uniform(0.7, 1.2, CORNERS)
    ring = np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)]).round(7).tolist()
    return json.dumps({"type": "MultiPolygon", "coordinates": [[[*ring, ring[0]]]]})


@dataclass
class _State:
    """As much of the platform's state as the desk asks for."""

    projects: list[SinkProject] = field(default_factory=list)

    def all(self, kind: type) -> list[SinkProject]:
        return self.projects


def projects(random: np.random.Generator) -> list[SinkProject]:
    """Ten thousand registered projects over a country of 10 by 10 degrees, so that many are neighbours."""
    return [
        SinkProject(
            f"P-{number:05d}",
            "US-MSP",
            "",
            "forest",
            "forest_gain_loss",
            "owner",
            2010 + number % 10,
            100.0,
            {},
            100,
            "assumed",
            "made up",
            state="registered",
            boundary=polygon(random, random.uniform(-100, -90), random.uniform(40, 50)),
        )
        for number in range(PROJECTS)
    ]


def measure() -> list[dict[str, object]]:
    """The three checks in milliseconds, each beside its limit, the first also beside its peer."""
    random = np.random.default_rng(0)
    claimed = projects(random)
    plots = [Plot(each.id, each.boundary, each.start_year, each.last_year) for each in claimed]
    new = Plot("P-NEW", polygon(random, -95.0, 45.0, size=12), 2020, 2119)
    index = Plots(plots)
    shapes, shape = np.array([shape_of(plot.geojson) for plot in plots], dtype=object), shape_of(new.geojson)

    def every() -> list[str]:
        found = np.flatnonzero(shapely.intersects(shapes, shape))
        return [plots[n].project for n in found if area_ha(shapely.MultiPolygon(_parts(shapes[n], shape))) > 0.01]

    assert sorted(each.project for each in index.overlaps(new)) == sorted(every())
    assert every(), "the new polygon crosses some"
    desk, state = object.__new__(Projects), _State(claimed)
    desk._claims, desk._indexed, desk._plots = {}, [], Plots(())
    mine = SinkProject(
        "P-NEW", "US-MSP", "", "forest", "m", "o", 2020, 1.0, {}, 100, "assumed", "s", boundary=new.geojson
    )
    desk._overlaps(state, mine)
    alone = best_of(lambda: index.overlaps(new), runs=20) * 1000
    brute = best_of(every, runs=5) * 1000
    anew = best_of(lambda: Plots(plots).overlaps(new), runs=10) * 1000
    errand = best_of(lambda: desk._overlaps(state, mine), runs=10) * 1000

    def another() -> None:
        at = int(random.integers(PROJECTS))
        state.projects[at] = replace(state.projects[at], longevity_years=int(random.integers(40, 100)))

    moved = best_of(lambda _: desk._overlaps(state, mine), setup=another, runs=10) * 1000
    limit = f"limit of the issue, {LIMIT_MS:g} ms"
    note = f"{PROJECTS:,} polygons of {CORNERS} corners, {len(index.overlaps(new))} cross the new one"
    return [
        row("overlap/check", alone, peer=LIMIT_MS, unit="ms", against=limit, note=note, less_is_better=True),
        row("overlap/check", alone, peer=brute, unit="ms", against="every pair, vectorised", less_is_better=True),
        row("overlap/index made anew", anew, peer=LIMIT_MS, unit="ms", against=limit, less_is_better=True),
        row("overlap/at the desk", errand, peer=LIMIT_MS, unit="ms", against=limit, less_is_better=True),
        row("overlap/at the desk, others moved", moved, peer=LIMIT_MS, unit="ms", against=limit, less_is_better=True),
    ]


def _parts(one: shapely.Geometry, other: shapely.Geometry) -> list[shapely.Polygon]:
    common = one.intersection(other)
    return [part for part in getattr(common, "geoms", [common]) if part.geom_type == "Polygon"]


if __name__ == "__main__":
    main(measure)
