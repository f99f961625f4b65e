"""A comparison of cities as a document for a council: what was found, in plain words, then tables."""

from __future__ import annotations

from collections import Counter

import pandas as pd
from matplotlib.figure import Figure

from carbonpolis.evaluate.compare.path import Budget
from carbonpolis.evaluate.compare.survey import Survey
from carbonpolis.report.documents import pictures
from carbonpolis.report.documents.document import Document, Section
from carbonpolis.report.documents.pictures import MOST_ROWS

MEASURE = {"scope1": "scope 1", "scope12": "scope 1 and 2", "total": "the inventory's total"}
PICTURES = ("ranking", "trends")
LARGE, LEAST_LARGE = 100_000, 5  # persons of a large city, and how many of them there must be to speak of them
LOCODE = r"[A-Z]{2} [A-Z0-9]{3}"
LIKELY = 0.5  # confidence from which on a peak is named; in the picture it must be 0.9


def comparison_document(found: Survey, told: list[str], budget: Budget | None = None) -> Document:
    """The document of a survey. told: how its files were read."""
    standard = found.standard
    standing = (
        f"Emissions by {MEASURE[standard.measure]}, {_stated(found, 'gases')}, of {standard.year} "
        f"(± {standard.within} years), {_stated(found, 'boundary')}. "
        f"{len(found.cities):,} cities compared, {len(found.apart):,} shown apart."
    )
    shown = [("Emissions per person", ranking(found))] if len(found.cities) else []
    if len(found.series):
        shown.append(("Emissions over the years", trends(found)))
    return Document(
        title=f"How {len(found.cities):,} cities compare" if len(found.cities) else "No city compares",
        standing=standing,
        findings=_findings(found, budget),
        sections=_sections(found, budget),
        pictures=shown,
        notes=[*told, *found.told, *_method(found, budget)],
    )


def _stated(found: Survey, what: str) -> str:
    """What gases or boundary the compared have in common, and how many don't say."""
    common = getattr(found.standard, what)
    if not common:
        return f"{what} as stated"
    words = f"{common} boundary" if what == "boundary" else str(common)
    silent = int(found.cities["note"].str.contains(rf"{what}\b.*not stated").sum())
    return f"{words} (not stated by {silent:,})" if silent else words


def ranking(found: Survey) -> Figure:
    """Emissions per person of the compared cities, with their stated ranges; of many the most populous."""
    unit = f"t {found.standard.gases or 'CO2e'} per person and year"
    cities, title = found.cities, f"Emissions per person, {MEASURE[found.standard.measure]}, {found.standard.year}"
    if len(cities) > MOST_ROWS:
        title += f": the {MOST_ROWS} most populous of {len(cities):,}"
        cities = cities.loc[cities["population"].nlargest(MOST_ROWS, keep="first").index]
    return pictures.ranking(
        cities["per_capita"],
        cities["per_capita_low"],
        cities["per_capita_high"],
        title=title,
        unit=unit,
        groups=cities["peer_group"],
        middle=(float(found.cities["per_capita"].median()), f"middle of all {len(found.cities):,}"),
    )


def trends(found: Survey) -> Figure:
    """The largest emitters over the years, with the year of a peak where it is sure."""
    largest = found.series.max(axis=1).sort_values(ascending=False).index
    sure = found.trends[found.trends["peak_confidence"] >= 0.9]["peak_year"]
    big = found.series.loc[largest].max(axis=1).max() >= 1e6
    return pictures.small_multiples(
        found.series.loc[largest] / (1e6 if big else 1e3),
        title="Emissions over the years, largest emitters; a dot: about then emissions peaked, 90 % sure",
        unit=f"{'Mt' if big else 'kt'} a year",
        marks={str(city): int(year) for city, year in sure.items()},
    )


def _findings(found: Survey, budget: Budget | None) -> list[str]:
    said = []
    cities, unit = found.cities, f"t {found.standard.gases or 'CO2e'} per person"
    ranked = cities["per_capita"].dropna()
    if len(ranked):
        said.append(_spread(found, unit))
    gap = found.gaps["gap"].dropna() if len(found.gaps) else pd.Series(dtype=float)
    if len(gap):
        widest = gap.idxmax()
        parts = found.gaps.loc[str(widest)].drop(["peers", "gap"]).dropna()
        main = str(parts.idxmax()).replace("_", " ")
        said.append(
            f"{widest} stands {gap.max():.1f} t per person above its peers' middle; "
            f"{main} makes {parts.max():+.1f} t of it."
        )
    if len(found.trends):
        peaked = int((found.trends["peak_confidence"] >= 0.9).sum())
        falling = int(((found.trends["rate_pct"] < 0) & (found.trends["p_value"] < 0.05)).sum())
        count = len(found.trends)
        said.append(
            f"Of {count:,} cities with five years of figures or more, compared or apart, {falling:,} fall clearly and "
            f"{peaked:,} have surely peaked."
        )
    if budget is not None and "budget_years" in found.paths:
        middle = found.paths["budget_years"].median()
        said.append(
            f"At its present emissions the middle city uses up its share by heads of the budget for "
            f"{budget.warming:g} °C ({budget.chance:.0%}, from {budget.year} on) in {middle:.0f} years; "
            f"to fit they would have to fall by {found.paths['cut_to_fit_pct'].median():.0f} % every year."
        )
    if "above_line_pct" in found.paths:
        judged = found.paths["above_line_pct"].dropna()
        behind = int((judged > 0).sum())
        said.append(f"Of {len(judged)} cities with a target that can be drawn, {behind} stand above the line to it.")
    if len(found.apart):
        kinds = Counter(_kind(reason) for text in found.apart["reason"] for reason in text.split("; "))
        most_often = ", ".join(f"{kind} ({count:,})" for kind, count in kinds.most_common(3))
        said.append(f"{len(found.apart):,} cities don't compare and are shown apart: {most_often}.")
    return said


def _spread(found: Survey, unit: str) -> str:
    """The middle and the ends; of many cities those of the large, since small places have extremes of all kinds."""
    cities = found.cities
    ranked = cities["per_capita"].dropna()
    large, of = ranked, ""
    told = f"The middle city emits {ranked.median():.1f} {unit}"
    if len(ranked) > MOST_ROWS:
        low, high = ranked.quantile([0.05, 0.95])
        told += f"; nine of ten lie between {low:.1f} and {high:.1f}"
        big = ranked[cities.loc[ranked.index, "population"] >= LARGE]
        if len(big) >= LEAST_LARGE:
            large, of = big, f" of the {len(big):,} with {LARGE:,} persons or more"
    least, most = large.index[0], large.index[-1]
    return f"{told}. {least} emits least{of} ({large.iloc[0]:.1f}), {most} most ({large.iloc[-1]:.1f})."


def _kind(reason: str) -> str:
    for start, kind in (
        ("its inventory", "an inventory of another time"),
        ("no figure", "no figure for what is compared"),
        ("no population", "no population"),
        ("its gases", "other gases"),
        ("its boundary", "another kind of boundary"),
        ("only", "an inventory with holes"),
        ("no year", "no year"),
    ):
        if reason.startswith(start):
            return kind
    return "a figure that can't be right"


def _sections(found: Survey, budget: Budget | None) -> list[Section]:
    cities = found.cities
    table = pd.DataFrame(
        {
            "rank": cities["rank_per_capita"],
            "year": cities["year"].astype("Int64"),
            "t per person": cities["per_capita"],
            "t per km2": cities["per_area"],
            "kg per PPP USD": cities["per_gdp"],
            "emissions, t": cities["emissions_t"],
            "persons": cities["population"],
            "peer group": cities["peer_group"],
            "above group's best, t per person": cities["gap_to_leader"],
            "note": cities["note"],
            "source": cities["source"],
        }
    ).rename_axis("city")
    sections = [Section("Cities", "Least per person first. What is missing is a dash.", table)]
    if found.groups is not None:
        centres = found.groups.centres.copy()
        centres.columns = [str(name).replace("_", " ") for name in centres.columns]
        note = "Medians of each group; found in the data, see below."
        sections.append(Section("Peer groups", note, centres.rename_axis("group")))
    if len(found.sides):
        sides = found.sides.rename(columns={"peer_group": "group", "per_capita": "t per person"}).set_index("group")
        sections.append(Section("Leaders and laggards", "Of each peer group.", sides))
    if len(found.gaps):
        gaps = found.gaps.dropna(axis=1, how="all").sort_values("gap", ascending=False).rename_axis("city")
        gaps.columns = [f"{str(name).replace('_', ' ')}, t per person" for name in gaps.columns]
        note = "What makes a city differ from the middle of its group; the parts add up to the gap (LMDI)."
        sections.append(Section("Gaps to peers", note, gaps))
    if len(found.trends):
        sections.append(
            Section(
                "Trends",
                "Rate: median slope, % of the middle year. Ranges hold 90 %. A peak is named where it is likely.",
                _trend_table(found),
            )
        )
    if len(found.paths):
        names = {
            "target_year": "target year",
            "target_cut_pct": "target cut, %",
            "due_t": "due by the line, t",
            "above_line_pct": "above the line, %",
            "budget_t": "share of the budget, t CO2",
            "budget_years": "years it lasts",
            "cut_to_fit_pct": "yearly cut that fits, %",
        }
        paths = found.paths.rename(columns=names).rename_axis("city")
        words = (
            f"Budget: {budget.gt:g} Gt CO2 for {budget.warming:g} °C ({budget.chance:.0%}), by heads." if budget else ""
        )
        sections.append(Section("Ways to targets", words, paths))
    apart = found.apart.reindex(columns=["country", "year", "population", "emissions_t", "reason", "source"])
    apart = apart.assign(year=apart["year"].astype("Int64")).rename(columns={"emissions_t": "emissions, t"})
    sections.append(
        Section("Shown apart", "These cities don't compare, each for the reason told.", apart.rename_axis("city"))
    )
    return sections


def _trend_table(found: Survey) -> pd.DataFrame:
    t = found.trends
    likely = t["peak_confidence"] >= LIKELY
    return pd.DataFrame(
        {
            "years": t["years"],
            "% a year": t["rate_pct"],
            "p of no trend": [f"{p:.3f}" if p >= 0.001 else "< 0.001" for p in t["p_value"]],
            "peak": t["peak_year"].astype("Int64").where(likely),
            "peak, range": (t["peak_low"].astype(str) + "–" + t["peak_high"].astype(str)).where(likely, None),
            "sure that it peaked": t["peak_confidence"],
            "decoupling": t["decoupling"].replace("", None),
            "sinks counted": t["counts_sinks"].map({True: "yes", False: "no"}),
            "neutral by trend": t["neutral_year"].astype("Int64"),
            "neutral, from": t["neutral_low"].astype("Int64"),
            "neutral, to": t["neutral_high"].astype("Int64"),
        },
        index=t.index,
    ).rename_axis("city")


def _method(found: Survey, budget: Budget | None) -> list[str]:
    said = [
        "Cities compare when year, boundary, gases, measure and coverage agree; a city that doesn't state boundary or "
        "gases stays in, with a note."
    ]
    if found.cities.index.str.fullmatch(LOCODE).any():
        said.append(
            "Names are as the files have them: a code (UN/LOCODE, such as FR PAR) and a name, or a name from two "
            "files, can be one place counted in two ways. The column source tells them apart."
        )
    if found.together:
        t = found.together
        way = "towards each other" if t["beta"] < 0 and t["beta_p"] < 0.05 else "not surely towards each other"
        said.append(
            f"From {t['first']:.0f} to {t['last']:.0f} the emissions per person of {t['cities']:.0f} cities move {way} "
            f"(beta {t['beta']:.3f}, p {t['beta_p']:.2g}; "
            f"spread of logarithms {t['sigma_first']:.2f} to {t['sigma_last']:.2f})."
        )
    if budget is not None:
        said.append(
            f"Budget: {budget.source}. Recalled, not checked against the document. It is of CO2 alone and is set "
            "against what was compared. Shares by heads of 7.84 billion."
        )
    return said
