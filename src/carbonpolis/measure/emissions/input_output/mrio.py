"""Multi-regional input-output: footprints of nations and cities, with pymrio's definitions.

x = Z e + Y e; A = Z / x; S = F / x; M = S (I - A)^-1; D_cba: impacts of a region's final demand by product; D_pba: by
producer; D_imp: abroad, for a region's demand; D_exp: here, for demand elsewhere. Source: Stadler 2021, Pymrio, J. Open
Res. Softw. 9:8, and Miller & Blair 2009 ch. 2, 3 and 10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from carbonpolis.measure.emissions.input_output.solving import Leontief

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Extension:
    """Impacts: S per unit of output (impacts x sectors), F_Y caused by final demand itself (impacts x regions)."""

    impacts: pd.Index
    S: Array
    F_Y: Array


@dataclass(frozen=True, slots=True)
class Accounts:
    """D_cba (by consuming region and product), D_pba, D_imp, D_exp: frames, impacts x (region, sector), without F_Y.

    regions: totals by region, columns (region, cba | pba | imp | exp); cba and pba hold F_Y.
    """

    D_cba: pd.DataFrame
    D_pba: pd.DataFrame
    D_imp: pd.DataFrame
    D_exp: pd.DataFrame
    regions: pd.DataFrame


@dataclass(frozen=True)
class System:
    """An input-output system: labels (region, sector), A, final demand Y by (region, category), extensions by name."""

    labels: pd.MultiIndex
    A: Array
    Y: pd.DataFrame
    extensions: Mapping[str, Extension]

    def __post_init__(self) -> None:
        n = len(self.labels)
        if self.A.shape != (n, n) or len(self.Y) != n:
            raise ValueError(f"A is {self.A.shape}, Y {self.Y.shape} for {n} sectors; expected {n} x {n} and {n} rows")

    @cached_property
    def leontief(self) -> Leontief:
        """The factorised I - A."""
        return Leontief(self.A)

    @cached_property
    def regions(self) -> list[str]:
        """Regions in the order of the final demand."""
        return list(self.Y.columns.get_level_values(0).unique())

    @cached_property
    def demand(self) -> Array:
        """Final demand summed over categories: sectors x regions."""
        codes = pd.Index(self.regions).get_indexer(self.Y.columns.get_level_values(0))
        summed = np.zeros((len(self.Y), len(self.regions)))
        for column, code in enumerate(codes):
            summed[:, code] += self.Y.iloc[:, column].to_numpy(dtype=np.float64)
        return summed

    def multipliers(self, extension: str, impacts: Sequence[object] | None = None) -> pd.DataFrame:
        """M: impact of a unit of final demand for each product, impacts x (region, sector)."""
        part = self._part(extension, impacts)
        return pd.DataFrame(self.leontief.multipliers(part.S), index=part.impacts, columns=self.labels)

    def footprint(self, demand: ArrayLike, extension: str, impacts: Sequence[object] | None = None) -> pd.DataFrame:
        """Impacts of one final demand by product bought: impacts x (region, sector).

        demand: one number a sector, in the order of `labels`. Raises ValueError for another length.
        """
        bought = np.asarray(demand, dtype=np.float64).ravel()
        if bought.shape != (len(self.labels),) or not np.all(np.isfinite(bought)):
            raise ValueError(
                f"the demand has {bought.size} numbers; expected {len(self.labels)} finite ones, one a sector"
            )
        return self.multipliers(extension, impacts) * bought

    def city_demand(self, region: str, share: float | Mapping[str, float], category: str | None = None) -> Array:
        """Final demand of a city: its region's times a share, one for all products or one for each sector.

        share: as population of the city over that of the region, times its spending per head over the region's.
        category: one of the region's categories of demand, as households; all of them when None. What the region's
        average buys is taken for what the city buys, product by product and origin by origin: a downscaling.
        Raises ValueError for an unknown region, category or sector.
        """
        columns = self.Y.columns.get_level_values(0) == region
        if category is not None:
            columns &= self.Y.columns.get_level_values(1) == category
        if not columns.any():
            wanted = region if category is None else f"{region}, {category}"
            raise ValueError(f"no final demand of {wanted!r}; regions are {', '.join(self.regions)}")
        whole = self.Y.loc[:, columns].to_numpy(dtype=np.float64).sum(axis=1)
        if isinstance(share, Mapping):
            sectors = self.labels.get_level_values(1)
            if unknown := set(share) - set(sectors):
                raise ValueError(f"no sector {sorted(unknown)[0]!r}; sectors are {', '.join(sectors.unique())}")
            by_sector = np.array([share.get(sector, 0.0) for sector in sectors])
            return np.asarray(whole * by_sector, dtype=np.float64)
        return np.asarray(whole * share, dtype=np.float64)

    def accounts(self, extension: str, impacts: Sequence[object] | None = None) -> Accounts:
        """All four accounts of an extension, or of some of its impacts, without the inverse.

        Needs the sectors of every region to be the same, in the same order. Raises ValueError where they are not.
        """
        part = self._part(extension, impacts)
        own = self._regular()
        count = len(part.impacts)
        home = [np.where(own == region, part.S, 0.0) for region in range(len(self.regions))]
        # multipliers of all impacts, then of what happens in each region, for D_imp, in one solve
        solved = self.leontief.multipliers(np.vstack([part.S, *home]))
        whole, at_home = solved[:count], solved[count:].reshape(len(self.regions), count, -1)
        outputs = self.leontief.outputs(self.demand)
        here = outputs[np.arange(len(own)), own]
        cba = np.stack([self._by_product(whole * self.demand[:, r]) for r in range(len(self.regions))], axis=1)
        imp = cba - np.stack(
            [self._by_product(at_home[r] * self.demand[:, r]) for r in range(len(self.regions))], axis=1
        )
        columns = pd.MultiIndex.from_product([self.regions, self._sectors], names=self.labels.names)
        frames = [pd.DataFrame(each.reshape(count, -1), index=part.impacts, columns=columns) for each in (cba, imp)]
        pba = pd.DataFrame(part.S * outputs.sum(axis=1), index=part.impacts, columns=self.labels)
        exp = pd.DataFrame(part.S * (outputs.sum(axis=1) - here), index=part.impacts, columns=self.labels)
        return Accounts(frames[0], pba, frames[1], exp, self._totals(frames[0], pba, frames[1], exp, part))

    def _totals(
        self, cba: pd.DataFrame, pba: pd.DataFrame, imp: pd.DataFrame, exp: pd.DataFrame, part: Extension
    ) -> pd.DataFrame:
        direct = pd.DataFrame(part.F_Y, index=part.impacts, columns=self.regions)
        sums = {
            name: frame.T.groupby(level=0, sort=False).sum().T[self.regions]
            for name, frame in {"cba": cba, "pba": pba, "imp": imp, "exp": exp}.items()
        }
        sums = {name: frame + direct if name in ("cba", "pba") else frame for name, frame in sums.items()}
        return pd.concat(sums, axis=1).swaplevel(axis=1)

    @cached_property
    def _sectors(self) -> list[str]:
        return list(self.labels.get_level_values(1).unique())

    def _regular(self) -> NDArray[np.int64]:
        """Region of each sector, as its place in `regions`."""
        expected = pd.MultiIndex.from_product([self.regions, self._sectors])
        if list(self.labels) != list(expected):
            raise ValueError("the sectors of the regions differ in name or order; D_cba by product needs them alike")
        return np.repeat(np.arange(len(self.regions)), len(self._sectors))

    def _by_product(self, impacts: Array) -> Array:
        """Summed over the regions that products come from: impacts x sectors of one region."""
        summed: Array = impacts.reshape(len(impacts), len(self.regions), len(self._sectors)).sum(axis=1)
        return summed

    def _part(self, extension: str, impacts: Sequence[object] | None) -> Extension:
        if extension not in self.extensions:
            raise ValueError(f"no extension {extension!r}; there are {', '.join(self.extensions)}")
        whole = self.extensions[extension]
        if impacts is None:
            return whole
        places = [_place(whole.impacts, impact) for impact in impacts]
        return Extension(whole.impacts[places], whole.S[places], whole.F_Y[places])


def _place(index: pd.Index, impact: object) -> int:
    """The row of an impact, by its whole label or by the first part of it."""
    labels = list(index)
    firsts = [label[0] if isinstance(label, tuple) else label for label in labels]
    if impact in labels:
        return labels.index(impact)
    if firsts.count(impact) == 1:
        return firsts.index(impact)
    raise ValueError(f"no single impact {impact!r}; there are {', '.join(map(str, labels[:12]))}")


def from_flows(
    Z: pd.DataFrame, Y: pd.DataFrame, F: Mapping[str, pd.DataFrame], F_Y: Mapping[str, pd.DataFrame] | None = None
) -> System:
    """A system from flows: Z (region, sector) squared, Y (region, sector) x (region, category), F by extension.

    Output is what is sold: x = Z e + Y e. A sector that sells nothing gets coefficients of 0. Raises ValueError for
    labels that don't agree.
    """
    if not Z.index.equals(Z.columns) or not Z.index.equals(Y.index):
        raise ValueError(
            "the rows and columns of Z and the rows of Y differ; expected the same (region, sector) in each"
        )
    output = Z.to_numpy(dtype=np.float64).sum(axis=1) + Y.to_numpy(dtype=np.float64).sum(axis=1)
    per_output = np.divide(1.0, output, out=np.zeros_like(output), where=output != 0)
    return from_coefficients(Z * per_output, Y, {name: each * per_output for name, each in F.items()}, F_Y)


def from_coefficients(
    A: pd.DataFrame, Y: pd.DataFrame, S: Mapping[str, pd.DataFrame], F_Y: Mapping[str, pd.DataFrame] | None = None
) -> System:
    """A system from coefficients: A, S by extension (impacts x sectors), and final demand Y."""
    labels = A.index
    if not isinstance(labels, pd.MultiIndex) or not A.columns.equals(labels) or not Y.index.equals(labels):
        raise ValueError(
            "the rows and columns of A and the rows of Y differ; expected the same (region, sector) in each"
        )
    regions = list(Y.columns.get_level_values(0).unique())
    extensions = {}
    for name, each in S.items():
        if not each.columns.equals(labels):
            raise ValueError(f"extension {name!r} has other sectors than A; expected the same (region, sector)")
        direct = np.zeros((len(each), len(regions)))
        if F_Y is not None and name in F_Y:
            by_region = F_Y[name].T.groupby(level=0, sort=False).sum().T.reindex(index=each.index, columns=regions)
            direct = by_region.fillna(0.0).to_numpy(dtype=np.float64)
        extensions[name] = Extension(each.index, each.to_numpy(dtype=np.float64), direct)
    return System(labels, A.to_numpy(dtype=np.float64), Y, extensions)
