"""The map: the cities on the outline of land, the area of a circle its emissions, its colour the score."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10, sqrt

from carbonpolis.report.shape import CityReport
from carbonpolis.web import figures
from carbonpolis.web.axes import TOOLTIP, Options, legend, series_of
from carbonpolis.web.words import say

SCORE_CLASSES = 5
LARGEST_CIRCLE = 44.0
SMALLEST_CIRCLE = 7.0


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
        series_of(
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
        "legend": legend(top="auto", bottom=8, left=12, type="plain"),
        "tooltip": {
            **TOOLTIP,
            ":formatter": "p => { const d = document.createElement('div'); d.style.whiteSpace = 'pre-line'; "
            "d.textContent = p.data.name + '\\n' + p.data.told; return d; }",
        },
        "series": series,
    }
