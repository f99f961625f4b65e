"""Charts as ECharts options: pure functions of the report that return plain data; None leaves a gap."""

from __future__ import annotations

from collections.abc import Sequence

from carbonpolis.report.year.columns import MONTHS, PARTS
from carbonpolis.report.year.shape import CityReport, Depth, EmissionLine, Flow, MarketMonth, PolicyReport
from carbonpolis.web import figures
from carbonpolis.web.axes import FONT, TOOLTIP, Options, legend, names_axis, series_of, shown_in, value_axis
from carbonpolis.web.words import name, say


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
        "legend": legend(),
        "tooltip": {
            **TOOLTIP,
            "trigger": "axis",
            "axisPointer": {"type": "none"},
            ":valueFormatter": shown_in("t", 3),
        },
        "xAxis": value_axis("t CO₂e", nameLocation="middle", nameGap=26, splitNumber=4),
        "yAxis": names_axis([name(category) for category in order]),
        "series": [
            series_of(
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


def months(rows: Sequence[MarketMonth]) -> Options:
    """What fell due each month, and how it was covered."""
    return {
        "grid": {"left": 8, "right": 8, "top": 62, "bottom": 8, "containLabel": True},
        "legend": legend(),
        "tooltip": {**TOOLTIP, "trigger": "axis", "axisPointer": {"type": "none"}, ":valueFormatter": shown_in("t", 3)},
        "xAxis": names_axis([row["month"] for row in rows]),
        "yAxis": value_axis("t"),
        "series": [
            series_of(
                "bar",
                MONTHS[part].narrow,
                [MONTHS[part].of(row)["value"] for row in rows],
                f"var({colour})",
                stack="due",
                barMaxWidth=30,
            )
            for part, colour in zip(PARTS, ("--covered", "--credit", "--uncovered"), strict=True)
        ],
    }


def month_prices(rows: Sequence[MarketMonth], currency: str) -> Options:
    """The city's two prices by month: of its own auction, and after the coupling of cities."""
    return {
        "grid": {"left": 8, "right": 12, "top": 62, "bottom": 8, "containLabel": True},
        "legend": legend(),
        "tooltip": {**TOOLTIP, "trigger": "axis", ":valueFormatter": shown_in(f"{currency}/t", 2)},
        "xAxis": names_axis([row["month"] for row in rows]),
        "yAxis": value_axis(f"{currency}/t", scale=True),
        "series": [
            series_of(
                "line",
                MONTHS[price].heading,
                [MONTHS[price].of(row)["value"] for row in rows],
                colour,
                symbol=symbol,
                symbolSize=6,
                lineStyle={"color": colour, "width": 2, "type": dash},
            )
            for price, colour, dash, symbol in (
                ("local_price", "var(--c1)", "solid", "circle"),
                ("coupled_price", "var(--c2)", "dashed", "rect"),
            )
        ],
    }


def prices(cities: Sequence[CityReport], chosen: str, currency: str) -> Options:
    """The local clearing price by month: the city `chosen` (its code) among all the others."""
    months_told = list(dict.fromkeys(row["month"] for city in cities for row in city["market"]["months"]))
    series = []
    # The chosen one comes last, so that it's drawn over the others.
    for city in sorted(cities, key=lambda city: city["city"] == chosen):
        at = {row["month"]: row["local_price"]["value"] for row in city["market"]["months"]}
        here = city["city"] == chosen
        colour = "var(--c1)" if here else "var(--rule-strong)"
        series.append(
            series_of(
                "line",
                city["name"] if here else say("market.prices.others"),
                [{"value": at.get(month), "city": city["name"]} for month in months_told],
                colour,
                symbolSize=6 if here else 3,
                lineStyle={"color": colour, "width": 2.4 if here else 1},
            )
        )
    return {
        "grid": {"left": 8, "right": 12, "top": 62, "bottom": 8, "containLabel": True},
        "legend": legend(),
        "tooltip": {
            **TOOLTIP,
            ":formatter": "p => { const d = document.createElement('div'); d.textContent = p.data.city + ', ' + p.name"
            f" + ': ' + Number(p.value).toFixed(2) + ' {currency}/t'; return d; }}",
        },
        "xAxis": names_axis(months_told),
        "yAxis": value_axis(f"{currency}/t", scale=True),
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
        "legend": legend(),
        "tooltip": {**TOOLTIP, "trigger": "item"},
        "xAxis": value_axis(f"{currency}/t", nameLocation="middle", nameGap=26, scale=True),
        "yAxis": value_axis("lots"),
        "series": [
            series_of(
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
                    "fontFamily": FONT,
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
        "label": {"color": "var(--quiet)", "formatter": say("policy.start"), "fontFamily": FONT},
        "lineStyle": {"color": "var(--quiet)", "type": "dashed"},
        "data": [{"xAxis": f"{report['start']:g}"}],
    }
    return {
        "grid": {"left": 8, "right": 24, "top": 62, "bottom": 8, "containLabel": True},
        "legend": legend(data=[say("policy.actual"), say("policy.counterfactual"), say("policy.band")]),
        "tooltip": {"show": False},
        "xAxis": names_axis(times, boundaryGap=False),
        "yAxis": value_axis(figures.unit_text(report["unit"]), scale=True),
        "series": [
            series_of("line", "low", low, "transparent", **hidden),
            series_of("line", say("policy.band"), band, "var(--band)", areaStyle={"color": "var(--band)"}, **hidden),
            series_of(
                "line",
                say("policy.counterfactual"),
                [p["counterfactual"] for p in path],
                "var(--c2)",
                symbol="none",
                lineStyle={"color": "var(--c2)", "width": 2, "type": "dashed"},
            ),
            series_of(
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
