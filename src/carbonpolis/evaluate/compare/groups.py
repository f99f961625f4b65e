"""Peer groups found in the data: cities alike in size, density and wealth, with the number of groups chosen and shown.

Ward's hierarchical clustering, which needs no chance, on standardised logarithms; the number of groups with the highest
mean silhouette. Sources: Ward 1963, JASA 58:236; Rousseeuw 1987, J. Comput. Appl. Math. 20:53.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

MOST_CITIES = 4000  # all distances are held at once
MOST_GROUPS = 8
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Groups:
    """of: group of each city, in words; NaN where it lacks a feature. silhouettes: mean silhouette by number of groups.
    centres: median features by group. chosen: the number."""

    of: pd.Series[str]
    silhouettes: pd.Series[float]
    centres: pd.DataFrame
    chosen: int


def alike(features: pd.DataFrame, most: int = MOST_GROUPS) -> Groups:
    """Groups of cities by their features. features: index city, columns above zero; compared by their logarithms.

    Raises ValueError for less than four cities with all features, more than MOST_CITIES, or a value not above 0.
    """
    whole = features.astype(float).dropna()
    names = [str(name) for name in features]
    if len(whole) < 4 or len(whole) > MOST_CITIES:
        raise ValueError(f"{len(whole)} cities have all of {', '.join(names)}; expected 4 to {MOST_CITIES}")
    if (whole <= 0).any(axis=None):
        raise ValueError("a feature is not above 0; its logarithm can't be compared")
    logs = np.log(whole.to_numpy())
    spread = logs.std(axis=0)
    z = (logs - logs.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    tree, distances = (
        scipy.cluster.hierarchy.linkage(z, "ward"),
        scipy.spatial.distance.squareform(scipy.spatial.distance.pdist(z)),
    )
    found, fits = {}, {}
    for count in range(2, min(most, len(whole) - 1) + 1):
        found[count] = np.asarray(scipy.cluster.hierarchy.fcluster(tree, count, "maxclust"), dtype=np.int64)
        if len(set(found[count].tolist())) == count:  # cities that are all the same can't be parted further
            fits[count] = silhouette(distances, found[count])
    if not fits:
        raise ValueError("the cities are all alike; there are no groups")
    chosen = max(fits, key=lambda count: fits[count])
    centres = whole.groupby(found[chosen]).median()
    told = {label: _words(centres.loc[label], whole) for label in centres.index}
    numbered = {label: f"{place}. {told[label]}" for place, label in enumerate(centres.sort_values(names[:1]).index, 1)}
    of = pd.Series([numbered[label] for label in found[chosen]], whole.index).reindex(features.index)
    return Groups(
        of=of.rename("peer_group"),
        silhouettes=pd.Series(fits, name="silhouette"),
        centres=centres.rename(index=numbered).assign(cities=pd.Series(found[chosen]).map(numbered).value_counts()),
        chosen=chosen,
    )


def silhouette(distances: Array, labels: NDArray[np.int64]) -> float:
    """Mean over cities of (b - a) / max(a, b): a mean distance inside the group, b to the nearest other; 0 alone."""
    kinds = np.unique(labels)
    inside = labels[:, None] == kinds
    sums, sizes = distances @ inside, inside.sum(axis=0)
    own = inside.argmax(axis=1)
    rows = np.arange(len(labels))
    alone = sizes[own] == 1
    a = sums[rows, own] / np.where(alone, 1, sizes[own] - 1)
    means = sums / sizes
    means[rows, own] = np.inf
    b = means.min(axis=1)
    return float(np.where(alone, 0.0, (b - a) / np.maximum(np.maximum(a, b), 1e-300)).mean())


def _words(centre: pd.Series[float], whole: pd.DataFrame) -> str:
    """What a group is by its medians: high or low where it stands in the outer thirds of all cities."""
    words: list[str] = []
    for name in map(str, whole):
        share = float((whole[name] < float(centre[name])).mean())
        if share > 2 / 3 or share < 1 / 3:
            words.append(f"{'high' if share > 2 / 3 else 'low'} {name.replace('_', ' ')}")
    return ", ".join(words) or "in the middle"


def features_of(cities: pd.DataFrame) -> tuple[pd.DataFrame, Sequence[str]]:
    """Size, density and wealth where most cities have them. cities: columns population, area_km2, gdp_musd_ppp."""
    found = pd.DataFrame({"population": cities["population"]}, index=cities.index)
    if cities["area_km2"].notna().mean() > 0.8:
        found["density"] = cities["population"] / cities["area_km2"]
    if cities["gdp_musd_ppp"].notna().mean() > 0.8:
        found["wealth"] = cities["gdp_musd_ppp"] / cities["population"]
    return found, [str(name) for name in found]
