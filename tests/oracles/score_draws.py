"""One draw of the Monte Carlo by hand: read what its log says it ran, and do that in float64 with plain loops."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carbonpolis.evaluate.score import Framework, random_numbers


def replayed(framework: Framework, values: np.ndarray, sd: np.ndarray, row: pd.Series) -> np.ndarray:
    """Score of each city. values, sd: cities x leaves on the scale, NaN where missing; row: of the log."""
    cities, width = values.shape
    noise = np.zeros((width + 1, cities), np.float32)
    for leaf in range(0, width, 2):
        key = np.uint64(random_numbers.stream(np.uint64(row["error key"]), leaf))
        random_numbers.normals(key, 0, noise[leaf], noise[leaf + 1])
    found = np.empty(cities)
    for city in range(cities):
        found[city] = _node(framework, framework.tree.root.name, city, values, sd, noise, row)
    return found


def _node(
    framework: Framework, name: str, city: int, values: np.ndarray, sd: np.ndarray, noise: np.ndarray, row: pd.Series
) -> float:
    parts = []
    for place, leaf in enumerate(framework.leaves):
        if leaf.parent == name and np.isfinite(values[city, place]):
            x = values[city, place] + sd[city, place] * float(noise[place, city])
            x = min(max(x, framework.bottom), framework.top)
            if row.get(f"turned {leaf.symbol}", False):
                x = framework.bottom + framework.top - x
            parts.append((float(row[f"weight {leaf.symbol}"]), x))
    for node in framework.nodes:
        if node.parent == name:
            value = _node(framework, node.name, city, values, sd, noise, row)
            parts.append((float(row[f"weight {node.name}"]), value))
    whole = sum(weight for weight, _ in parts)
    how = row[f"aggregation {name}"]
    if how == "geometric":
        return float(np.exp(sum(weight * np.log(x) for weight, x in parts) / whole))
    if how == "harmonic":
        return whole / sum(weight / x for weight, x in parts)
    return sum(weight * x for weight, x in parts) / whole
