"""The file of a framework: its layout, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from carbonpolis.evaluate.score.aggregate import METHODS as AGGREGATIONS
from carbonpolis.evaluate.score.framework_words import check_words, direction, flag, number, texts
from carbonpolis.evaluate.score.impute import METHODS as IMPUTATIONS
from carbonpolis.evaluate.score.normalise import METHODS as NORMALISATIONS
from carbonpolis.evaluate.score.prepare import GOALPOSTS
from carbonpolis.evaluate.score.treat import METHODS as TREATMENTS
from carbonpolis.evaluate.score.tree import GIVEN, MEANS, Leaf, Node
from carbonpolis.evaluate.score.weight import METHODS as WEIGHTINGS

LEAVE_OUT = "leave_out"
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Variant:
    """Another reading of a framework: branches or indicators left out, directions turned, indicators in their other
    form, and why one might."""

    name: str
    leave_out: tuple[str, ...]
    turn: tuple[str, ...]
    why: str
    other: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """What the Monte Carlo chooses from, all of them equally likely.

    concentration: of the Dirichlet distribution of weights, an indicator; 4 gives a weight of 1/6 a standard deviation
    of about 0.07. flip: chance of an ambiguous direction to be turned. aggregations are those of branches that are
    joined by a mean. flip is also the chance of an indicator that has another form to be read in it.
    """

    normalisations: tuple[str, ...] = (GOALPOSTS, "percentile")
    treatments: tuple[str, ...] = ("none",)
    aggregations: tuple[str, ...] = ("arithmetic", "geometric")
    imputations: tuple[str, ...] = (LEAVE_OUT,)
    concentration: float = 4.0
    flip: float = 0.0

    def __post_init__(self) -> None:
        for what, given, known in (
            ("normalisation", self.normalisations, (GOALPOSTS, *NORMALISATIONS)),
            ("treatment", self.treatments, tuple(TREATMENTS)),
            ("aggregation", self.aggregations, MEANS),
            ("imputation", self.imputations, (LEAVE_OUT, *IMPUTATIONS)),
        ):
            wrong = [each for each in given if each not in known]
            if wrong or not given:
                raise ValueError(f"no {what} {', '.join(wrong) or 'at all'}; choose from {', '.join(known)}")
        if not 0 <= self.flip <= 1:
            raise ValueError(f"flip is {self.flip}; expected 0 to 1")
        if not self.concentration > 0:
            raise ValueError(f"a concentration of {self.concentration}; expected more than 0")


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file says: name, version of the goalposts, ends of the scale, tree, variants, and what is uncertain."""

    name: str
    version: str
    bottom: float
    top: float
    nodes: tuple[Node, ...]
    leaves: tuple[Leaf, ...]
    variants: tuple[Variant, ...] = ()
    choices: Choices = field(default_factory=Choices)


def parsed(data: Mapping[str, Any], name: str) -> Layout:
    """The layout of a file's data. Raises ValueError naming what is wrong and where."""
    try:
        check_words(data)
        bottom, top = _scale(data["scale"])
        layout = Layout(
            name=str(data["name"]),
            version=str(data["version"]),
            bottom=bottom,
            top=top,
            nodes=tuple(_in("node", each, "name", _node) for each in data["node"]),
            leaves=tuple(_in("indicator", each, "symbol", _leaf) for each in data["indicator"]),
            variants=tuple(_in("variant", each, "name", _variant) for each in data.get("variant", ())),
            choices=_choices(data),
        )
    except KeyError as missing:
        raise ValueError(f"framework {name}: {missing} is missing") from None
    except (TypeError, ValueError) as problem:
        raise ValueError(f"framework {name}: {problem}") from None
    check(layout, name)
    return layout


def _scale(given: Any) -> tuple[float, float]:
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise ValueError(f"scale is {given!r}; expected its two ends, such as [1, 100]")
    ends = {"from": given[0], "to": given[1]}
    return number(ends, "from"), number(ends, "to")


def _in(title: str, data: Mapping[str, Any], name: str, made: Callable[[Mapping[str, Any]], Part]) -> Part:
    """A part of the file, with its place in front of what is wrong with it."""
    try:
        return made(data)
    except KeyError as missing:
        raise ValueError(f"{title} {data.get(name, '')}: {missing} is missing") from None
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{title} {data.get(name, '')}: {problem}") from None


def _node(data: Mapping[str, Any]) -> Node:
    return Node(
        data["name"],
        data.get("parent", ""),
        number(data, "weight", 1),
        data["aggregation"],
        number(data, "observed", 0),
        str(data.get("weights", GIVEN)),
    )


def _leaf(data: Mapping[str, Any]) -> Leaf:
    how = str(data.get("normalisation", GOALPOSTS))
    needed = how == GOALPOSTS
    return Leaf(
        data["symbol"],
        data["parent"],
        number(data, "weight", 1),
        direction(data),
        number(data, "low", None if needed else np.nan),
        number(data, "high", None if needed else np.nan),
        flag(data, "ambiguous"),
        str(data.get("note", "")),
        str(data.get("denominator", "")),
        str(data.get("treatment", "none")),
        how,
        {word: number(data["options"], word) for word in data.get("options", {})},
        str(data.get("other", "")),
    )


def _variant(data: Mapping[str, Any]) -> Variant:
    return Variant(
        data["name"],
        texts(data, "leave_out"),
        texts(data, "turn"),
        str(data.get("why", "")),
        texts(data, "other"),
    )


def _choices(data: Mapping[str, Any]) -> Choices:
    given = data.get("uncertainty", {})
    said: dict[str, Any] = {"flip": number(data, "flip", 0)}
    for word in given:
        said[word] = number(given, word) if word in ("concentration", "flip") else texts(given, word)
    return Choices(**said)


def check(layout: Layout, name: str) -> None:
    """Raises ValueError for a tree that doesn't hold together or a choice that doesn't exist."""
    names = {node.name for node in layout.nodes}
    roots = [node.name for node in layout.nodes if not node.parent]
    if len(roots) != 1:
        raise ValueError(f"framework {name}: {len(roots)} nodes without a parent; expected one")
    for node in layout.nodes:
        _offered(name, node.name, "aggregation", node.aggregation, AGGREGATIONS)
        _offered(name, node.name, "weighting", node.weighting, (GIVEN, *WEIGHTINGS))
        if not 0 <= node.observed <= 1:
            raise ValueError(f"framework {name}, {node.name}: observed is {node.observed}; expected 0 to 1")
    children: list[Node | Leaf] = [*layout.nodes, *layout.leaves]
    for child in children:
        label = child.name if isinstance(child, Node) else child.symbol
        if child.parent and child.parent not in names:
            raise ValueError(f"framework {name}, {label}: its parent {child.parent!r} is not there")
        if not child.weight > 0:
            raise ValueError(f"framework {name}, {label}: a weight of {child.weight}; expected more than 0")
    _check_tree(layout, name)
    for leaf in layout.leaves:
        _offered(name, leaf.symbol, "normalisation", leaf.normalisation, (GOALPOSTS, *NORMALISATIONS))
        _offered(name, leaf.symbol, "treatment", leaf.treatment, TREATMENTS)
        if leaf.direction not in (1, -1) or (leaf.normalisation == GOALPOSTS and not leaf.low < leaf.high):
            raise ValueError(f"framework {name}, {leaf.symbol}: expected a direction of 1 or -1 and low below high")
        if leaf.normalisation == GOALPOSTS and leaf.treatment != "none":
            raise ValueError(
                f"framework {name}, {leaf.symbol}: goalposts already hold outliers; treatment is for others"
            )
    if not 1 <= layout.bottom < layout.top:
        raise ValueError(f"framework {name}: a scale from {layout.bottom} to {layout.top}; expected 1 <= low < high")
    labels = names | {leaf.symbol for leaf in layout.leaves}
    formed = {leaf.symbol for leaf in layout.leaves if leaf.other}
    for variant in layout.variants:
        for label in variant.other:
            if label not in formed:
                raise ValueError(f"framework {name}, variant {variant.name}: {label!r} has no other form")
        for label in (*variant.leave_out, *variant.turn):
            if label not in labels:
                raise ValueError(f"framework {name}, variant {variant.name}: {label!r} is not there")


def _offered(name: str, label: str, what: str, given: str, known: Any) -> None:
    if given not in known:
        raise ValueError(f"framework {name}, {label}: no {what} {given!r}; choose from {', '.join(known)}")


def _check_tree(layout: Layout, name: str) -> None:
    """Raises ValueError for a name used twice, a branch with nothing under it, or one that hangs in a circle."""
    labels = [node.name for node in layout.nodes] + [leaf.symbol for leaf in layout.leaves]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise ValueError(f"framework {name}: {', '.join(twice)} stands in it twice")
    parent = {node.name: node.parent for node in layout.nodes}
    for node in layout.nodes:
        if node.name not in {*parent.values(), *(leaf.parent for leaf in layout.leaves)}:
            raise ValueError(f"framework {name}, {node.name}: nothing stands under it")
        above, steps = node.name, 0
        while above := parent.get(above, ""):
            steps += 1
            if steps > len(parent):
                raise ValueError(f"framework {name}, {node.name}: its parents go round in a circle")
