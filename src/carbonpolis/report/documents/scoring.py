"""Scores of cities as a document: ranks with their ranges, what the score is made of, and what hangs on choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from carbonpolis.errors import Unknown
from carbonpolis.evaluate.score import Framework, Scores
from carbonpolis.evaluate.score.explain import strengths
from carbonpolis.evaluate.score.multivariate import Together, examine
from carbonpolis.evaluate.score.robust import MonteCarlo
from carbonpolis.evaluate.score.targets import best_rank, gain_ranks, reweigh
from carbonpolis.evaluate.score.tree import Leaf
from carbonpolis.indicators import catalogue
from carbonpolis.report.documents import maps, pictures
from carbonpolis.report.documents.document import Document, Section
from carbonpolis.report.documents.maps import Shapes

TABLE_1 = "table-1"
LEFT_OUT = "without S3"  # the variant of table-1 that is always told beside the score
SOBOL_SAMPLES = 128


@dataclass(frozen=True)
class Judgement:
    """A framework, the cities it judged, and how sure that is. without: scores of the variant that is told beside.

    places (index city, columns latitude, longitude), shapes and shown (an indicator or branch, "" for the score): of
    the map.
    """

    framework: Framework
    frame: pd.DataFrame
    scores: Scores
    draws: MonteCarlo
    sensitivity: pd.DataFrame
    together: Together | None
    without: Scores | None
    removals: pd.DataFrame | None = None
    places: pd.DataFrame | None = None
    shapes: Shapes | None = None
    shown: str = ""


def judge(
    framework: Framework,
    frame: pd.DataFrame,
    *,
    sd: pd.DataFrame | None = None,
    draws: int = 1000,
    seed: int = 0,
    removals: bool = False,
) -> Judgement:
    """Everything that the document tells; `removals`: also what each indicator's absence would do. Raises ValueError
    as `Framework.score`."""
    scores = framework.score(frame)
    many = int(scores.ranked.sum()) > 1
    beside = next((each.name for each in framework.variants if each.name == LEFT_OUT), None)
    return Judgement(
        framework=framework,
        frame=frame,
        scores=scores,
        draws=framework.monte_carlo(frame, draws, seed, sd=sd),
        sensitivity=framework.sensitivity(frame, seed, samples=SOBOL_SAMPLES, sd=sd) if many else pd.DataFrame(),
        together=examine(framework, frame) if len(frame) > 2 else None,
        without=framework.variant(beside).score(frame) if beside else None,
        removals=framework.removals(frame) if removals else None,
    )


def score_document(found: Judgement, city: str | None = None) -> Document:
    """The document of a judgement; with a city, also why it stands where it does and what would move it."""
    framework, scores = found.framework, found.scores
    sections = [_scores(found), _contributions(found)]
    if city is not None:
        sections += _city(found, city)
    if len(found.sensitivity):
        names = {"first": "alone", "total": "with all others", "first_se": "± alone", "total_se": "± with others"}
        note = "Part of the variance of the mean rank shift (Sobol indices) that each choice makes."
        table = found.sensitivity.rename(columns=names).sort_values("with all others", ascending=False)
        sections.append(Section("What ranks hang on", note, table))
    if found.removals is not None:
        sections.append(_removals(found.removals))
    if found.together is not None:
        note = "Given weight and share of influence (squared correlation with the branch)."
        sections.append(Section("What weights do", note, found.together.effective.set_index("branch")))
    ranked = int(scores.ranked.sum())
    return Document(
        title=f"{ranked} cities ranked by {framework.name}",
        standing=f"Framework {framework.name}, goalposts {framework.version}; {len(scores.total) - ranked} not ranked.",
        findings=_findings(found),
        sections=sections,
        pictures=[("Ranks and their ranges", ranks(found))] if ranked else [],
        notes=[*scores.notes, *(found.together.flags if found.together else ()), *_readings(framework)],
    )


def ranks(found: Judgement, city: str | None = None) -> Figure:
    """Mean rank of each city and the range that nine of ten draws hold."""
    del city
    spread = found.draws.intervals()
    return pictures.ranking(
        spread["rank_mean"],
        spread["rank_low"],
        spread["rank_high"],
        title=f"Ranks by {found.framework.name}, all choices open at once",
        unit=f"rank, mean and 5 % to 95 % of {len(found.draws.log):,} draws",
    )


def pillars(found: Judgement, city: str | None) -> Figure:
    """The first cities (or one and the best) over the top branches; over indicators if branches are fewer than 3."""
    top = found.framework.tree.root.name
    branches = [node.name for node in found.framework.nodes if node.parent == top]
    table = found.scores.levels[branches] if len(branches) > 2 else found.scores.normalised
    order = found.scores.total.where(found.scores.ranked).sort_values(ascending=False).index
    chosen = list(order[:4]) if city is None else [city, *[each for each in order[:2] if each != city]]
    return pictures.radar(table.loc[chosen], title=f"{found.framework.name}, by branch", top=found.framework.top)


def with_and_without(found: Judgement, city: str | None = None) -> Figure:
    """Scores without and with S3. Raises Unknown for a framework that has no such variant."""
    del city
    if found.without is None:
        raise Unknown("variant", LEFT_OUT, [each.name for each in found.framework.variants])
    return pictures.dumbbell(
        found.without.total,
        found.scores.total,
        title="Score without and with S3",
        unit="points, 1 to 100",
        labels=("without S3", "with S3"),
    )


def sunburst(found: Judgement, city: str | None) -> Figure:
    """The framework; with a city, shaded by its values."""
    framework = found.framework
    parents = {each.name: each.parent for each in framework.nodes} | {
        leaf.symbol: leaf.parent for leaf in framework.leaves
    }
    weights = {name: share for children in found.scores.weights.values() for name, share in children.items()}
    values: Mapping[str, float] | None = None
    if city is not None:
        own = {**found.scores.normalised.loc[city], **found.scores.levels.loc[city]}
        values = {str(name): float(value) for name, value in own.items()}
        values[framework.tree.root.name] = float(found.scores.total[city])
    return pictures.sunburst(parents, weights, title=city or framework.name, values=values)


def correlations(found: Judgement, city: str | None = None) -> Figure:
    """Correlations of the indicators. Raises Unknown for fewer than three cities."""
    del city
    if found.together is None:
        raise Unknown("picture", "heatmap", ["ranking"])
    return pictures.heatmap(found.together.correlations, title="Correlations of the indicators, more is better")


def world(found: Judgement, city: str | None = None) -> Figure:
    """A map of the score, a branch or an indicator. Raises Unknown for a name that is none, BadInput without places."""
    del city
    scores, name, unit = found.scores, found.shown or str(found.scores.total.name), ""
    symbols = found.framework.symbols
    if name == scores.total.name:
        values, unit = scores.total, "points"
    elif name in scores.levels:
        values, unit = scores.levels[name], "points"
    elif name in symbols:
        values = found.frame[name] if name in found.frame else scores.normalised[name] * np.nan
        known = next((each for each in catalogue.load() if each.symbol == name), None)
        if known is not None and found.framework.name == TABLE_1:
            unit, name = known.scored_unit, f"{name} {known.name} ({known.scored_form})"
    else:
        raise Unknown("--of", name, [str(scores.total.name), *map(str, scores.levels), *symbols])
    title = f"{name}, {len(values):,} cities by {found.framework.name}"
    return maps.choropleth(values.astype(float), title=title, unit=unit, shapes=found.shapes, places=found.places)


PICTURES: Mapping[str, Callable[[Judgement, str | None], Figure]] = {
    "ranking": ranks,
    "radar": pillars,
    "dumbbell": with_and_without,
    "sunburst": sunburst,
    "heatmap": correlations,
    "map": world,
}


def _findings(found: Judgement) -> list[str]:
    scores = found.scores
    ordered = scores.total.where(scores.ranked).dropna().sort_values(ascending=False)
    said = []
    if len(ordered) > 1:
        first, second = ordered.index[:2]
        spread = found.draws.intervals().loc[first]
        said.append(
            f"{first} stands first with {ordered.iloc[0]:.1f} points; with every choice open it stands between "
            f"{spread['rank_low']:.0f} and {spread['rank_high']:.0f} in nine of ten draws, and above {second} in "
            f"{found.draws.beats(first, second):.0%}."
        )
    if found.without is not None and {"S1", "S3"} <= set(scores.levels):
        agree = scores.levels["S1"].corr(scores.levels["S3"])
        both = pd.concat([scores.ranks, found.without.ranks], axis=1).dropna().astype(float)
        moved = (both.iloc[:, 0] - both.iloc[:, 1]).abs()
        if len(moved):
            said.append(
                f"S3 rewards not having acted yet (its correlation with S1 is {agree:.2f}); without it cities move by "
                f"{moved.mean():.1f} ranks, {moved.idxmax()} by {moved.max():.0f}."
            )
    if len(found.sensitivity):
        most = found.sensitivity["total"].sort_values(ascending=False)
        said.append(f"Ranks hang most on: {', '.join(str(name) for name in most.index[:3])}.")
    if (~scores.ranked).any():
        said.append(f"{int((~scores.ranked).sum())} cities are shown but not ranked, for want of figures.")
    return said


def _scores(found: Judgement) -> Section:
    scores, spread = found.scores, found.draws.intervals()
    table = pd.DataFrame({"rank": scores.ranks, scores.total.name: scores.total})
    table = pd.concat([table, scores.levels], axis=1)
    table["rank, 5 %"], table["rank, 95 %"] = spread["rank_low"], spread["rank_high"]
    table["among first 5"] = found.draws.top(5)
    if found.without is not None:
        table["without S3"], table["rank without S3"] = found.without.total, found.without.ranks
    table["why not ranked"] = scores.why_not.replace("", None)
    return Section(
        "Scores",
        "Best first; ranges from all choices at once.",
        table.sort_values(["rank"], kind="stable").rename_axis("city"),
    )


def _contributions(found: Judgement) -> Section:
    order = found.scores.ranks.sort_values(kind="stable").index
    table = found.scores.contributions.loc[order].rename_axis("city")
    return Section("Points by indicator", "They add up to the score.", table)


def _removals(table: pd.DataFrame) -> Section:
    names = {
        "mean_shift": "mean shift, ranks",
        "largest_shift": "largest shift",
        "city": "whose",
        "compared": "cities compared",
        "no_longer_ranked": "no longer ranked",
        "newly_ranked": "newly ranked",
    }
    note = "Each indicator taken away in turn; a positive shift: the city falls without it."
    return Section("Ranks without each indicator", note, table.rename(columns=names))


def _city(found: Judgement, city: str) -> list[Section]:
    framework, frame = found.framework, found.frame
    sections = []
    if not framework.notes():
        own = strengths(framework, frame, city, frame.index)
        names = {"peer_median": "middle of all", "better_than": "better than", "worth": "worth, points"}
        sections.append(
            Section(
                f"{city}: strengths and weaknesses", "On the scale.", own.rename(columns=names).rename_axis("indicator")
            )
        )
    rank = found.scores.ranks[city]
    if pd.isna(rank) or framework.notes():
        return sections
    rows = []
    if rank > 1:
        path = gain_ranks(framework, frame, city, 1)
        moves = [f"{name} from {row['before']:.3g} to {row['after']:.3g}" for name, row in path.changes.iterrows()]
        rows.append(
            (
                "least change of values that gains a rank" if path.reachable else "even the best values gain no rank",
                ", ".join(moves),
            )
        )
    for node, children in found.scores.weights.items():
        if len(children) > 1:
            rows += _by_weights(found, city, node)
    table = pd.DataFrame(rows, columns=["what", "how"]).set_index("what")
    return [*sections, Section(f"{city}: what would move it", f"It has rank {rank}.", table)]


def _by_weights(found: Judgement, city: str, node: str) -> list[tuple[str, str]]:
    """What the weights of a branch could do for a city, or why that can't be told."""
    framework, frame = found.framework, found.frame
    try:
        best = best_rank(framework, frame, city, node=node)
    except ValueError as problem:
        return [(f"weights of {node}", f"not sought: {problem}")]
    rows = [(f"best rank under any weights of {node}", f"{best.rank}: {_weights(best.weights)}")]
    if found.scores.ranks[city] > 1:
        least = reweigh(framework, frame, city, 1, node=node)
        rows.append(
            (f"least change of weights of {node} that gains a rank", _weights(least.weights) if least else "none does")
        )
    return rows


def _weights(weights: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in weights.items())


def _readings(framework: Framework) -> list[str]:
    said = [f"{leaf.symbol} can be read the other way: {leaf.note}" for leaf in framework.leaves if leaf.ambiguous]
    said += [f"{leaf.symbol} is read as {_form(leaf)}" for leaf in framework.leaves if leaf.other]
    return [*said, *(f"variant {each.name!r}: {each.why}" for each in framework.variants)]


PLACE = ("latitude", "longitude")


def _form(leaf: Leaf) -> str:
    """Which form of an indicator is read, and which other there is."""
    known = {each.column: each for each in catalogue.forms() if each.symbol == leaf.symbol}
    rest = leaf.symbol if leaf.reads else leaf.other
    read, other = known.get(leaf.column), known.get(rest)
    if read is None or other is None:
        return f"the column {leaf.column!r}; its other form is {rest!r}"
    return f"{read.form} ({read.what}); its other form is {other.form} ({other.what})"


def table_of(frame: pd.DataFrame, framework: Framework) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Indicators and their standard deviations (columns SYMBOL_sd) from a file's table with a column `city`.

    Raises ValueError for a table without cities, a city twice, or none of the framework's indicators.
    """
    if "city" not in frame:
        raise ValueError("expected a column `city`")
    if frame["city"].isna().any() or frame["city"].duplicated().any():
        twice = frame["city"][frame["city"].duplicated()].unique()
        raise ValueError(f"a city is empty or stands twice: {', '.join(map(str, twice)) or 'empty'}")
    table = frame.set_index(frame["city"].astype(str).rename("city")).drop(columns="city")
    there = [symbol for symbol in framework.symbols if symbol in table]
    if not there:
        raise ValueError(f"none of {', '.join(framework.symbols)} is a column")
    there += [leaf.other for leaf in framework.leaves if leaf.other and leaf.other in table]
    kept = [
        *there,
        *(name for name in PLACE if name in table),
        *(leaf.denominator for leaf in framework.leaves if leaf.denominator),
    ]
    wrong = [
        f"{city}, {name}: {value!r} is no number"
        for name in kept
        if name in table
        for city, value in table[name].items()
        if isinstance(value, str)
    ]
    if wrong:
        raise ValueError("; ".join(wrong[:20]))
    sd = pd.DataFrame({symbol: table.get(f"{symbol}_sd", np.nan) for symbol in there}, index=table.index)
    return table, sd.astype(float)
