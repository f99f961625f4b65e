"""Ten million trees a second per core: from stem diameter and species to dry biomass, carbon and yearly removal.

The peer is the same arithmetic tree by tree in plain Python, the way a city's script would do it; the limit is what one
logarithm and one exponential a tree cost in NumPy, below which no allometry of this form can go. One core.
"""

from __future__ import annotations

import math

import numpy as np

from _measure import best_of, main, row
from carbonpolis.measure.sinks import urban_trees

TREES, FEW = 2_000_000, 20_000
GROWTH_CM = 0.83


def measure() -> list[dict[str, object]]:
    """Allometry by diameter, by diameter and height; with carbon and removal; with the names read; and its limit."""
    rng = np.random.default_rng(7)
    dbh, height = rng.uniform(2.0, 120.0, TREES), rng.uniform(2.0, 35.0, TREES)
    known = urban_trees.taxa()
    growing = np.flatnonzero(~known.palm)
    taxon = rng.choice(growing, TREES)
    names = np.array(known.names, dtype=object)[taxon]

    def removal() -> object:
        stock = urban_trees.carbon(urban_trees.biomass(dbh, taxon, height))
        return stock * ((1.0 + GROWTH_CM / dbh) ** known.b1[taxon] - 1.0)

    def plain() -> list[float]:
        found = []
        for stem, tall, which in zip(dbh[:FEW].tolist(), height[:FEW].tolist(), taxon[:FEW].tolist(), strict=True):
            log = known.log_a[which] + known.b[which] * math.log(stem) + known.c[which] * math.log(tall)
            found.append(math.exp(log))
        return found

    limit = TREES / best_of(lambda: np.exp(2.3 * np.log(dbh)))
    each = FEW / best_of(plain, runs=3)
    runs = (
        ("by_diameter", lambda: urban_trees.biomass(dbh, taxon), limit, "one log and one exp a tree in NumPy"),
        ("by_height_too", lambda: urban_trees.biomass(dbh, taxon, height), each, "tree by tree in plain Python"),
        ("removal", removal, each, "plain Python, which does the biomass alone"),
        ("names_read", lambda: urban_trees.biomass(dbh, urban_trees.identify(names).taxon, height), each, "the same"),
    )
    return [
        row(
            f"urban_trees/{name}",
            TREES / best_of(work),
            peer=peer,
            unit="trees/s",
            against=against,
            note=f"{TREES:,} trees, {len(growing)} taxa, one core; asked for: 10 million",
        )
        for name, work, peer, against in runs
    ]


if __name__ == "__main__":
    main(measure)
