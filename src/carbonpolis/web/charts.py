"""Charts as ECharts options: pure functions of the report, each returning plain data.

Colours are the style sheet's custom properties, which SVG resolves where it's drawn: one chart serves light and dark.
A missing value stays None, which leaves a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10, sqrt
from typing import Any

from carbonpolis.report.shape import CityReport, Depth, EmissionLine, Flow, MarketMonth, PolicyReport
from carbonpolis.web import figures
from carbonpolis.web.words import name, say

Options = dict[str, Any]
SERIES = [f"var(--c{n})" for n in range(1, 9)]
SCORE_CLASSES = 5
LARGEST_CIRCLE = 44.0
SMALLEST_CIRCLE = 7.0
TOOLTIP: Options = {
    "backgroundColor": "var(--paper)",
    "borderColor": "var(--rule-strong)",
    "textStyle": {"color": "var(--ink)", "fontFamily": "inherit", "fontSize": 13},
    "confine": True,
}


def _values(unit: str, decimals: int) -> str:
    """A formatter in the browser: thousands separators, the unit, a dash for what's missing."""
    return (
        "v => (v === null || v === undefined || Number.isNaN(Number(v))) ? '–' : Number(v).toLocaleString('en-US', "
        f"{{minimumFractionDigits: {decimals}, maximumFractionDigits: {decimals}}}) + ' {unit}'"
    )


def _axis(title: str, **more: Any) -> Options:
    """A value axis with its unit as title."""
    return {
        "type": "value",
        "name": title,
        "nameLocation": "end",
        "nameTextStyle": {"color": "var(--quiet)", "align": "left", "fontFamily": "inherit"},
        "axisLabel": {"color": "var(--quiet)", "fontFamily": "inherit", ":formatter": COMPACT},
        "splitLine": {"lineStyle": {"color": "var(--rule)"}},
        "axisLine": {"show": False},
        **more,
    }


COMPACT = "v => Math.abs(v) >= 1e6 ? (v / 1e6).toLocaleString('en-US') + ' M' : v.toLocaleString('en-US')"


def _categories(values: Sequence[str], **more: Any) -> Options:
    """An axis of names."""
    return {
        "type": "category",
        "data": list(values),
        "axisLabel": {"color": "var(--quiet)", "fontFamily": "inherit"},
        "axisLine": {"lineStyle": {"color": "var(--rule-strong)"}},
        "axisTick": {"show": False},
        **more,
    }


def _legend(**more: Any) -> Options:
    return {
        "type": "scroll",
        "top": 0,
        "left": 0,
        "itemWidth": 14,
        "itemHeight": 10,
        "textStyle": {"color": "var(--ink)", "fontFamily": "inherit"},
        "inactiveColor": "var(--rule-strong)",
        "pageTextStyle": {"color": "var(--quiet)"},
        "pageIconColor": "var(--accent)",
        "pageIconInactiveColor": "var(--rule-strong)",
        **more,
    }


def _series(kind: str, title: str, data: Sequence[Any], colour: str, **more: Any) -> Options:
    """A series in one colour; no emphasis, since a custom property can't be lightened."""
    return {
        "type": kind,
        "name": title,
        "data": list(data),
        "color": colour,
        "itemStyle": {"color": colour},
        "emphasis": {"disabled": True},
        **more,
    }


def score_classes(scores: Sequence[float]) -> list[tuple[float, float]]:
    """Five classes of equal, round width that hold all scores, lowest first; none when there are no scores."""
    if not scores:
        return []
    low, high = min(scores), max(scores)
    rough = max((high - low) / SCORE_CLASSES, 1e-6)
    size = 10 ** floor(log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    start = floor(low / step) * step
    while start + SCORE_CLASSES * step < high:
        step = next(size * factor for factor in (1, 2, 5, 10, 20, 50) if size * factor > step)
        start = floor(low / step) * step
    classes = [(start + n * step, start + (n + 1) * step) for n in range(SCORE_CLASSES)]
    return [(round(a, 9), round(b, 9)) for a, b in classes]


def _dot(city: CityReport, largest: float) -> Options:
    """One city on the map; the area of its circle is its emissions."""
    emitted = city["balance"]["emissions"]["value"] or 0.0
    score, place = city["score"]["S"], city["score"]
    rank = say("city.rank.of", rank=place["rank"], of=place["of"]) if place["rank"] else place["why_not"]
    return {
        "name": city["name"],
        "value": [city["longitude"], city["latitude"], emitted],
        "symbolSize": max(SMALLEST_CIRCLE, LARGEST_CIRCLE * sqrt(emitted / largest)) if largest else SMALLEST_CIRCLE,
        "city": city["city"],
        "told": f"{say('emissions')} {figures.text(city['balance']['emissions'])}\n{say('score')} {figures.text(score)}"
        f"\n{say('rank')} {rank}",
    }


def city_map(cities: Sequence[CityReport]) -> Options:
    """The cities on the outline of land: one series a score class, so that the legend is the key."""
    known = [value for city in cities if (value := city["score"]["S"]["value"]) is not None]
    largest = max((city["balance"]["emissions"]["value"] or 0.0 for city in cities), default=0.0)
    classes = score_classes(known)
    groups: list[tuple[str, str, list[Options]]] = [
        (f"{low:g} – {high:g}", f"var(--s{n})", []) for n, (low, high) in enumerate(classes, start=1)
    ]
    groups.append((say("home.unscored"), "var(--s0)", []))
    # The largest are drawn first, so that none hides a smaller one.
    for city in sorted(cities, key=lambda city: -(city["balance"]["emissions"]["value"] or 0.0)):
        value = city["score"]["S"]["value"]
        at = len(classes)
        if value is not None:
            at = next((n for n, (_, high) in enumerate(classes) if value < high), len(classes) - 1)
        groups[at][2].append(_dot(city, largest))
    longitudes = [city["longitude"] for city in cities] or [0.0]
    latitudes = [city["latitude"] for city in cities] or [0.0]
    series = [
        _series(
            "scatter",
            title,
            dots,
            colour,
            coordinateSystem="geo",
            itemStyle={"color": colour, "borderColor": "var(--ring)", "borderWidth": 1, "opacity": 0.92},
        )
        for title, colour, dots in groups
        if dots
    ]
    return {
        "geo": {
            "map": "land",
            "roam": False,
            "silent": True,
            "left": 0,
            "right": 0,
            "top": 0,
            "bottom": 0,
            "boundingCoords": [
                [max(-180.0, min(longitudes) - 12), min(84.0, max(latitudes) + 10)],
                [min(180.0, max(longitudes) + 12), max(-56.0, min(latitudes) - 14)],
            ],
            "itemStyle": {"areaColor": "var(--land)", "borderColor": "var(--land-edge)", "borderWidth": 0.7},
            "emphasis": {"disabled": True},
        },
        "legend": _legend(top="auto", bottom=8, left=12, type="plain"),
        "tooltip": {
            **TOOLTIP,
            ":formatter": "p => { const d = document.createElement('div'); d.style.whiteSpace = 'pre-line'; "
            "d.textContent = p.data.name + '\\n' + p.data.told; return d; }",
        },
        "series": series,
    }


def emissions_bars(lines: Sequence[EmissionLine]) -> Options:
    """Emissions by category, one series a part, largest category on top."""
    sums: dict[tuple[str, str], float] = {}
    for line in lines:
        key = (line["part"], line["category"])
        sums[key] = sums.get(key, 0.0) + (line["emissions"]["value"] or 0.0)
    by_category: dict[str, float] = {}
    for (_, category), value in sums.items():
        by_category[category] = by_category.get(category, 0.0) + value
    order = sorted(by_category, key=lambda category: by_category[category])
    parts = list(dict.fromkeys(part for part, _ in sums))
    colours = {"direct": "var(--c1)", "outside_production": "var(--c4)", "indirect_services": "var(--c5)"}
    return {
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 30, "containLabel": True},
        "legend": _legend(),
        "tooltip": {
            **TOOLTIP,
            "trigger": "axis",
            "axisPointer": {"type": "none"},
            ":valueFormatter": _values("t", 3),
        },
        "xAxis": _axis("t CO2e", nameLocation="middle", nameGap=26, splitNumber=4),
        "yAxis": _categories([name(category) for category in order]),
        "series": [
            _series(
                "bar",
                name(part),
                [sums.get((part, category)) for category in order],
                colours.get(part, "var(--c6)"),
                stack="all",
                barMaxWidth=22,
            )
            for part in parts
        ],
    }


def months(rows: Sequence[MarketMonth], currency: str) -> Options:
    """What fell due each month and how it was covered, with the two prices on the right axis."""
    columns: dict[str, list[float | None]] = {
        "covered": [row["covered"]["value"] for row in rows],
        "on_credit": [row["on_credit"]["value"] for row in rows],
        "uncovered": [row["uncovered"]["value"] for row in rows],
        "local_price": [row["local_price"]["value"] for row in rows],
        "coupled_price": [row["coupled_price"]["value"] for row in rows],
    }
    bars = [
        _series("bar", say(key), columns[field], f"var({colour})", stack="due")
        for field, key, colour in (
            ("covered", "covered.short", "--covered"),
            ("on_credit", "on_credit.short", "--credit"),
            ("uncovered", "uncovered", "--uncovered"),
        )
    ]
    lines = [
        _series(
            "line",
            say(f"city.{field}"),
            columns[field],
            colour,
            yAxisIndex=1,
            symbol=symbol,
            symbolSize=6,
            lineStyle={"color": colour, "width": 2, "type": dash},
        )
        for field, colour, dash, symbol in (
            ("local_price", "var(--ink)", "solid", "circle"),
            ("coupled_price", "var(--quiet)", "dashed", "emptyCircle"),
        )
    ]
    return {
        "grid": {"left": 8, "right": 8, "top": 62, "bottom": 8, "containLabel": True},
        "legend": _legend(),
        "tooltip": {**TOOLTIP, "trigger": "axis", "axisPointer": {"type": "none"}, ":valueFormatter": _values("", 2)},
        "xAxis": _categories([row["month"] for row in rows]),
        "yAxis": [
            _axis("t"),
            _axis(
                f"{currency}/t",
                position="right",
                splitLine={"show": False},
                scale=True,
                nameTextStyle={"color": "var(--quiet)", "align": "right"},
            ),
        ],
        "series": bars + lines,
    }


def prices(cities: Sequence[CityReport], currency: str) -> Options:
    """The local clearing price of each city by month."""
    with_prices = [
        city for city in cities if any(row["local_price"]["value"] is not None for row in city["market"]["months"])
    ]
    names = list(dict.fromkeys(row["month"] for city in cities for row in city["market"]["months"]))
    series = []
    for n, city in enumerate(with_prices):
        at = {row["month"]: row["local_price"]["value"] for row in city["market"]["months"]}
        colour = SERIES[n % len(SERIES)]
        dash = ("solid", "dashed", "dotted")[n // len(SERIES) % 3]
        series.append(
            _series(
                "line",
                city["name"],
                [at.get(month) for month in names],
                colour,
                symbolSize=5,
                lineStyle={"color": colour, "width": 2, "type": dash},
            )
        )
    return {
        "grid": {"left": 8, "right": 12, "top": 62, "bottom": 8, "containLabel": True},
        "legend": _legend(),
        "tooltip": {**TOOLTIP, "trigger": "item", ":valueFormatter": _values(f"{currency}/t", 2)},
        "xAxis": _categories(names),
        "yAxis": _axis(f"{currency}/t", scale=True),
        "series": series,
    }


def _steps(orders: Sequence[Sequence[float]], *, descending: bool) -> list[list[float]]:
    """Cumulated lots by price, best price first, as points of a step line."""
    points, cumulated = [], 0.0
    for price, lots in sorted(orders, key=lambda order: order[0], reverse=descending):
        points.append([price, cumulated])
        cumulated += lots
        points.append([price, cumulated])
    return points


def depth(book: Depth, currency: str) -> Options:
    """Bids and asks cumulated from their best price; where the curves cross is where the auction clears."""
    sides = (("bids", "--bid", True), ("asks", "--ask", False))
    pairs = {"bids": book["bids"], "asks": book["asks"]}
    return {
        "grid": {"left": 8, "right": 24, "top": 62, "bottom": 30, "containLabel": True},
        "legend": _legend(),
        "tooltip": {**TOOLTIP, "trigger": "item"},
        "xAxis": _axis(f"{currency}/t", nameLocation="middle", nameGap=26, scale=True),
        "yAxis": _axis(say("lots").lower()),
        "series": [
            _series(
                "line",
                say(f"market.{side}"),
                _steps(pairs[side], descending=descending),
                f"var({colour})",
                symbol="none",
                lineStyle={"color": f"var({colour})", "width": 2},
                areaStyle={"color": f"var({colour})", "opacity": 0.14},
            )
            for side, colour, descending in sides
        ],
    }


def flows(rows: Sequence[Flow], names: dict[str, str]) -> Options:
    """Selling cities on the left, buying cities on the right; a city may stand on both sides."""
    left = list(dict.fromkeys(row["from"] for row in rows))
    right = list(dict.fromkeys(row["to"] for row in rows))
    nodes = [
        {"name": f"{side} {code}", "depth": at, "itemStyle": {"color": colour}, "label": {"position": where}}
        for side, codes, at, colour, where in (
            ("from", left, 0, "var(--c3)", "right"),
            ("to", right, 1, "var(--c1)", "left"),
        )
        for code in codes
    ]
    shown = {f"{side} {code}": names.get(code, code) for side in ("from", "to") for code in (*left, *right)}
    return {
        "tooltip": {"show": False},
        "series": [
            {
                "type": "sankey",
                "left": 4,
                "right": 4,
                "top": 8,
                "bottom": 8,
                "draggable": False,
                "emphasis": {"disabled": True},
                "nodeWidth": 8,
                "nodeGap": 10,
                "data": nodes,
                "links": [
                    {"source": f"from {row['from']}", "target": f"to {row['to']}", "value": row["lots"]["value"] or 0}
                    for row in rows
                ],
                "lineStyle": {"color": "var(--c6)", "opacity": 0.3, "curveness": 0.5},
                "label": {
                    "color": "var(--ink)",
                    "fontFamily": "inherit",
                    ":formatter": f"p => ({shown!r})[p.name] || p.name",
                },
            }
        ],
    }


def policy(report: PolicyReport) -> Options:
    """Actual and counterfactual, with the band the interval leaves for the counterfactual, and a mark at the start."""
    path = report["path"]
    low = [None if p["upper"] is None else p["actual"] - p["upper"] for p in path]
    high = [None if p["lower"] is None else p["actual"] - p["lower"] for p in path]
    band = [None if a is None or b is None else b - a for a, b in zip(low, high, strict=True)]
    times = [f"{p['time']:g}" for p in path]
    hidden = {"lineStyle": {"opacity": 0}, "symbol": "none", "stack": "band", "stackStrategy": "all", "silent": True}
    start = {
        "silent": True,
        "symbol": "none",
        "label": {"color": "var(--quiet)", "formatter": say("policy.start"), "fontFamily": "inherit"},
        "lineStyle": {"color": "var(--quiet)", "type": "dashed"},
        "data": [{"xAxis": f"{report['start']:g}"}],
    }
    return {
        "grid": {"left": 8, "right": 24, "top": 62, "bottom": 8, "containLabel": True},
        "legend": _legend(data=[say("policy.actual"), say("policy.counterfactual"), say("policy.band")]),
        "tooltip": {"show": False},
        "xAxis": _categories(times, boundaryGap=False),
        "yAxis": _axis(report["unit"], scale=True),
        "series": [
            _series("line", "low", low, "transparent", **hidden),
            _series("line", say("policy.band"), band, "var(--band)", areaStyle={"color": "var(--band)"}, **hidden),
            _series(
                "line",
                say("policy.counterfactual"),
                [p["counterfactual"] for p in path],
                "var(--c2)",
                symbol="none",
                lineStyle={"color": "var(--c2)", "width": 2, "type": "dashed"},
            ),
            _series(
                "line",
                say("policy.actual"),
                [p["actual"] for p in path],
                "var(--ink)",
                symbol="none",
                lineStyle={"color": "var(--ink)", "width": 2.2},
                markLine=start,
            ),
        ],
    }


def ceiling(values: Sequence[float]) -> float:
    """The top of the normalised scale: 1 when all values lie in 0 to 1, else 100 or what is needed above it."""
    highest = max(values, default=1.0)
    return 1.0 if highest <= 1 else max(100.0, float(ceil(highest)))
