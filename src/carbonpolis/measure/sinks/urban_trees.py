"""Urban trees: from stem diameter and species to biomass, carbon and yearly removal; or from crown cover alone.

Allometry: volume of the whole tree above ground by diameter and height (or by diameter alone) times the density of the
dry wood, kg; equations and densities in data/urban_equations.csv and data/urban_trees.csv, most of them those of the US
Forest Service's Urban Tree Database (McPherson, van Doorn, Peper 2016, PSW-GTR-253). A species without an equation
takes its genus's, a genus without one the general equation of broadleaf trees or conifers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from carbonpolis.data import table
from carbonpolis.measure.estimate import Estimate
from carbonpolis.measure.sinks.bounds import within
from carbonpolis.measure.sinks.model import CO2_PER_C, REMOVAL_UNIT, Input, Model
from carbonpolis.measure.sinks.parameters import parameter, value

KG_PER_T = 1000.0
PALM_SLOPE, PALM_BASE = 6.8, 1.7  # kg/m and kg; Frangi and Lugo 1985, see data/urban_equations.csv, palm
WIDEST_CM = 300.0  # a stem wider than 3 m is a slip of the pen in a city's books
TALLEST_M = 120.0
_BLOCK = 1 << 15  # trees worked on at a time, so that the working arrays stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Taxa:
    """The table of taxa as columns. log_a, b, c: ln kg = log_a + b ln d + c ln h; log_a1, b1: by diameter alone.

    palm: by height alone. forest: the equation comes from forest-grown trees.
    """

    names: tuple[str, ...]
    ranks: tuple[str, ...]
    log_a: NDArray[np.float64]
    b: NDArray[np.float64]
    c: NDArray[np.float64]
    log_a1: NDArray[np.float64]
    b1: NDArray[np.float64]
    palm: NDArray[np.bool_]
    forest: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Identified:
    """taxon: index into the table of taxa, for each tree. rank: "species", "genus" or "general", for each tree."""

    taxon: NDArray[np.int64]
    rank: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Screened:
    """accepted: which trees can be measured. reason: for each tree, why not; empty where it can."""

    accepted: NDArray[np.bool_]
    reason: NDArray[Any]


@cache
def taxa() -> Taxa:
    """The taxa there are equations for."""
    equations = {row["equation"]: row for row in table("urban_equations")}
    general = {"broadleaf": equations["urban_broadleaf"], "conifer": equations["urban_conifer"]}
    columns: dict[str, list[float]] = {name: [] for name in ("log_a", "b", "c", "log_a1", "b1")}
    rows = table("urban_trees")
    for row in rows:
        mine, density = equations[row["equation"]], float(row["density"])
        palm = mine["leaf"] == "palm"
        alone = mine if mine["a_diameter"] or palm else general[mine["leaf"]]
        for name, stated in (("log_a", mine["a"]), ("log_a1", alone["a_diameter"])):
            columns[name].append(0.0 if palm else float(np.log(float(stated) * density)))
        for name, stated in (("b", mine["b"]), ("c", mine["c"]), ("b1", alone["b_diameter"])):
            columns[name].append(0.0 if palm else float(stated))
    arrays = {name: np.array(given) for name, given in columns.items()}
    mark = {
        name: np.array([equations[row["equation"]][column] == name for row in rows])
        for name, column in (("palm", "leaf"), ("forest", "origin"))
    }
    return Taxa(tuple(r["taxon"] for r in rows), tuple(r["rank"] for r in rows), **arrays, **mark)


def identify(species: str | Sequence[str] | NDArray[Any], *, strict: bool = False) -> Identified:
    """The taxon of each tree by its botanical name: species, else genus, else broadleaf or conifer in general.

    species: "Genus species", capitals and whatever follows (cultivar, author) don't matter; hybrids with or without
    the cross. strict: a genus without a row of its own is refused. Raises ValueError for a name that is empty or no
    text, with its position.
    """
    names = np.atleast_1d(np.asarray(species, dtype=object))
    codes, distinct = pd.factorize(names.ravel(), use_na_sentinel=True)
    if np.any(codes < 0):
        raise ValueError(f"species is missing at position {int(np.argmax(codes < 0)):,}; expected a botanical name")
    known = {name: number for number, name in enumerate(taxa().names)}
    found = np.array([_taxon(name, known, strict) for name in distinct], dtype=np.int64)
    taxon = found[codes].reshape(names.shape)
    return Identified(taxon, np.asarray(taxa().ranks, dtype=object)[taxon])


def _taxon(name: Any, known: dict[str, int], strict: bool) -> int:
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"species is {name!r}; expected a botanical name, as 'Tilia cordata'")
    words = [word for word in name.lower().replace("×", " ").split() if word != "x"]
    pair, genus = " ".join(words[:2]), words[0]
    for each in (pair, genus):
        if each in known and each not in ("broadleaf", "conifer"):
            return known[each]
    if strict:
        raise ValueError(f"no equation for {name!r} nor for its genus; leave strict out to use the general one")
    return known["conifer" if genus == "conifer" else "broadleaf"]


def screen(dbh_cm: ArrayLike, species: ArrayLike | None = None, height_m: ArrayLike = 0.0) -> Screened:
    """Which trees of a city's books can be measured, and why the others can't; nothing is taken for zero.

    A diameter must be above 0 and at most 300 cm, a species, where given, must be a name, and a palm needs its height.
    """
    stems = np.atleast_1d(np.asarray(dbh_cm, dtype=np.float64))
    reason = np.full(stems.shape, "", dtype=object)
    if species is not None:
        names = np.atleast_1d(np.asarray(species, dtype=object))
        named = np.array([isinstance(each, str) and bool(each.strip()) for each in names])
        palm = taxa().palm[identify(np.where(named, names, "broadleaf")).taxon]
        reason[palm & ~(np.broadcast_to(np.asarray(height_m, dtype=float), stems.shape) > 0)] = (
            "a palm's height is missing"
        )
        reason[~named] = "species is missing"
    reason[~np.isfinite(stems)] = "diameter is missing"
    with np.errstate(invalid="ignore"):
        reason[stems <= 0] = "diameter is not above 0 cm"
        reason[stems > WIDEST_CM] = f"diameter is above {WIDEST_CM:g} cm"
    return Screened(reason == "", reason)


def biomass(
    dbh_cm: ArrayLike, taxon: ArrayLike, height_m: ArrayLike | None = None, *, adjusted: bool = True
) -> NDArray[np.float64]:
    """Dry biomass above ground of each tree, kg.

    dbh_cm: stem diameter at breast height, above 0. taxon: from `identify`. height_m: 0 where it was not measured; a
    palm needs it. adjusted: equations from forest-grown trees times 0.8 for open-grown ones (Nowak 1994). Raises
    ValueError naming the value at fault.
    """
    stems = np.atleast_1d(within("urban trees", "dbh_cm", dbh_cm, "cm", low=1e-3, high=WIDEST_CM))
    which = np.broadcast_to(np.asarray(taxon, dtype=np.int64), stems.shape)
    tall = None
    if height_m is not None:
        measured = within("urban trees", "height_m", height_m, "m", high=TALLEST_M)
        tall = np.broadcast_to(np.asarray(measured, dtype=np.float64), stems.shape).ravel()
    found, weight = np.empty(stems.size), _weights(adjusted)
    flat, rows = stems.ravel(), which.ravel()
    for start in range(0, len(flat), _BLOCK):
        here = slice(start, start + _BLOCK)
        found[here] = _block(flat[here], rows[here], None if tall is None else tall[here], weight)
    return found.reshape(stems.shape)


def _block(stems: Any, rows: Any, tall: Any, weight: Any) -> Any:
    """A block of trees; the plain case, every height measured or none, without a branch a tree."""
    known = taxa()
    if np.any(known.palm[rows]) and (tall is None or np.any(tall[known.palm[rows]] <= 0)):
        raise ValueError("urban trees: height_m is missing for a palm; expected its height in m, since it has no rings")
    logs = np.log(stems)
    if tall is None:
        return np.exp(known.log_a1[rows] + known.b1[rows] * logs) * weight[rows]
    measured = tall > 0
    with np.errstate(divide="ignore"):
        whole = known.log_a[rows] + known.b[rows] * logs + known.c[rows] * np.log(np.where(measured, tall, 1.0))
    if not measured.all():
        whole = np.where(measured, whole, known.log_a1[rows] + known.b1[rows] * logs)
    return np.where(known.palm[rows], PALM_SLOPE * tall + PALM_BASE, np.exp(whole)) * weight[rows]


@cache
def _weights(adjusted: bool) -> NDArray[np.float64]:
    return np.where(taxa().forest & adjusted, value("urban_adjustment"), 1.0)


def carbon(above_kg: ArrayLike) -> Any:
    """Carbon of the whole tree with its roots, kg C, from its dry biomass above ground, kg (PSW-GTR-253)."""
    return np.asarray(above_kg) / (1.0 - value("urban_root_share")) * value("urban_carbon_fraction")


def diameter_growth(site: str = "open", frost_free_days: float = 153.0) -> Estimate:
    """Yearly growth of the diameter, cm/year: open-grown, park or forest, in proportion to the growing season.

    Nowak et al. 2008 (rates for 153 frost-free days). Raises ValueError with the sites there are.
    """
    days = within("diameter growth", "frost_free_days", frost_free_days, "days", high=366.0)
    rate = parameter("urban_dbh_growth", site)
    longer = days / value("urban_frost_free_days", "base")
    return Estimate(rate.mean * longer, rate.sd * longer, rate.unit)


def inventory(
    dbh_cm: Any, species: Any, height_m: Any, growth_cm: Any, growth_sd_cm: Any, mortality: Any, trees: Any
) -> Estimate:
    """Yearly removal of trees of one size: what growth adds to those that live, less the carbon of those that die.

    Growth raises the biomass by (1 + growth / dbh)^b, b the exponent of diameter alone, which has the height's growth
    in it. A dead tree's carbon counts as emitted in its year. Errors: of each tree about its equation, averaged over
    `trees`; of the equation; of growth; all independent. See `stand` for the sum over unlike trees.
    """
    found = _inventory(dbh_cm, species, height_m, growth_cm, growth_sd_cm, mortality, trees)
    each = value("urban_tree_spread") / np.sqrt(np.maximum(found.trees, 1.0))
    sd = np.hypot(found.net * np.hypot(each, value("urban_equation_spread")), found.by_growth)
    single = not any(np.ndim(each) for each in (dbh_cm, species, height_m, growth_cm, growth_sd_cm, mortality, trees))
    mean, spread = (float(each[0]) if single else each for each in (found.net, sd))
    return Estimate(mean, spread, REMOVAL_UNIT)


def stand(
    dbh_cm: Any,
    species: Any,
    height_m: Any = 0.0,
    growth_cm: Any = 0.83,
    growth_sd_cm: Any = 0.21,
    mortality: Any = 0.0,
    trees: Any = 1.0,
) -> Estimate:
    """Yearly removal of a whole inventory, one total, t CO2/year; inputs as the model `urban_trees_inventory` takes.

    What is peculiar to a tree averages out over them; the error of the equations and of growth is shared by all, and
    doesn't.
    """
    inputs = {each.name: each for model in MODELS for each in model.inputs if model.function is inventory}
    given = {"dbh_cm": dbh_cm, "height_m": height_m, "growth_cm": growth_cm, "growth_sd_cm": growth_sd_cm}
    given |= {"mortality": mortality, "trees": trees}
    checked = {k: within("urban trees", k, v, inputs[k].unit, inputs[k].low, inputs[k].high) for k, v in given.items()}
    found = _inventory(species=species, **checked)
    alone = value("urban_tree_spread") * np.sqrt(np.sum(found.net**2 / np.maximum(found.trees, 1.0)))
    total = float(found.net.sum())
    shared = np.hypot(value("urban_equation_spread") * total, found.by_growth.sum())
    return Estimate(total, float(np.hypot(alone, shared)), REMOVAL_UNIT)


def stand_over_years(
    dbh_cm: Any, species: Any, *, years: int, growth_cm: Any = 0.83, mortality: Any = 0.0, trees: Any = 1.0
) -> Estimate:
    """Removal of an inventory or a planting in each of `years`, t CO2/year: stems grow, and each year some trees die.

    By diameter alone, since heights ahead are not known; mean and shared errors as in `stand`. Raises ValueError
    as it does, and for fewer than 1 year.
    """
    if years < 1:
        raise ValueError(f"years = {years}; expected 1 or more")
    mean, sd = np.empty(years), np.empty(years)
    stems = np.asarray(dbh_cm, dtype=np.float64)
    standing = np.asarray(trees, dtype=np.float64)
    for year in range(years):
        found = stand(stems, species, growth_cm=growth_cm, mortality=mortality, trees=standing)
        mean[year], sd[year] = found.mean, found.sd
        stems, standing = np.minimum(stems + growth_cm, WIDEST_CM), standing * (1.0 - mortality)
    return Estimate(mean, sd, REMOVAL_UNIT)


@dataclass(frozen=True, slots=True)
class _Change:
    """net: t CO2/year. by_growth: standard deviation that growth's spread makes, t CO2/year. trees: how many."""

    net: NDArray[np.float64]
    by_growth: NDArray[np.float64]
    trees: NDArray[np.float64]


def _inventory(
    dbh_cm: Any, species: Any, height_m: Any, growth_cm: Any, growth_sd_cm: Any, mortality: Any, trees: Any
) -> _Change:
    taxon = identify(species).taxon
    stems, taxon, tall, gain, spread, dying, many = np.broadcast_arrays(
        *(np.atleast_1d(each) for each in (dbh_cm, taxon, height_m, growth_cm, growth_sd_cm, mortality, trees))
    )
    stock = carbon(biomass(stems, taxon, tall)) * many * (CO2_PER_C / KG_PER_T)
    exponent = np.where(taxa().palm[taxon], 0.0, taxa().b1[taxon])
    grown = (1.0 + gain / stems) ** exponent
    slope = exponent * (1.0 + gain / stems) ** (exponent - 1.0) / stems
    net = stock * ((grown - 1.0) * (1.0 - dying) - dying)
    return _Change(net, stock * slope * (1.0 - dying) * spread, np.asarray(many, dtype=np.float64))


def crown_cover(crown_area_ha: Any, mean_age_years: Any) -> Estimate:
    """IPCC 2006 vol. 4 eq. 8.2: crown area x growth rate; nothing net where the trees are past active growth."""
    growing = np.where(np.asarray(mean_age_years) <= value("urban_active_years"), 1.0, 0.0)
    removed = parameter("urban_crown_growth", "all") * crown_area_ha * CO2_PER_C * growing
    mean, sd = (each if np.ndim(each) else float(each) for each in (removed.mean, removed.sd))
    return Estimate(mean, sd, REMOVAL_UNIT)


MODELS = (
    Model(
        "urban_trees_crown_cover",
        "urban_trees",
        (
            Input("crown_area_ha", "ha", "area covered by tree crowns"),
            Input(
                "mean_age_years",
                "years",
                "mean age of the trees; above 20 the default method gives no net removal",
                default=20.0,
            ),
        ),
        "IPCC 2006 Guidelines vol. 4 ch. 8 eq. 8.2, table 8.1 (tier 2a)",
        crown_cover,
    ),
    Model(
        "urban_trees_inventory",
        "urban_trees",
        (
            Input("dbh_cm", "cm", "stem diameter at breast height", low=0.1, high=WIDEST_CM),
            Input("species", "name", "botanical name, one or an array", default="broadleaf", text=True),
            Input("height_m", "m", "height; 0: not measured", default=0.0, high=TALLEST_M),
            Input("growth_cm", "cm/year", "yearly growth of the diameter", default=0.83, high=10.0),
            Input("growth_sd_cm", "cm/year", "its standard deviation", default=0.21, high=10.0),
            Input("mortality", "share/year", "expected to die; 0 for trees found alive again", default=0.0, high=1.0),
            Input("trees", "trees", "of this kind and size", default=1.0),
        ),
        "McPherson, van Doorn, Peper 2016, PSW-GTR-253 (Urban Tree Database), volume eq. by species; growth: Nowak et "
        "al. 2008, Arboric. Urban For. 34:347-358",
        inventory,
    ),
)
