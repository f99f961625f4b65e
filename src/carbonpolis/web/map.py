"""The map: the cities on the outline of land, a circle's area its emissions, its colour the score or an indicator."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from carbonpolis.report.documents.map_classes import Classes, classes
from carbonpolis.report.year.columns import BALANCE, CITIES
from carbonpolis.report.year.columns import SCORE as COLUMNS
from carbonpolis.report.year.shape import CityReport, Quantity
from carbonpolis.web import figures
from carbonpolis.web.axes import TOOLTIP, Options, legend, series_of
from carbonpolis.web.words import say

SCORE = "S"
LARGEST_CIRCLE = 44.0
SMALLEST_CIRCLE = 7.0


def choices(cities: Sequence[CityReport]) -> dict[str, str]:
    """What the map can show, in words: the score, its pillars, and every indicator in its scored form."""
    found = {key: column.heading for key, column in COLUMNS.items()}
    for row in cities[0]["indicators"] if cities else []:
        found[row["symbol"]] = f"{row['symbol']} {row['name']}"
    return found


def shown(city: CityReport, measure: str) -> Quantity:
    """A city's figure of what the map shows. Raises KeyError for a measure that isn't among `choices`."""
    score = city["score"]
    named: dict[str, Quantity] = {key: column.of(score) for key, column in COLUMNS.items()}
    if measure not in named:
        named = {row["symbol"]: row["scored"] for row in city["indicators"]}
    return named[measure]


def classes_of(cities: Sequence[CityReport], measure: str) -> Classes:
    """The classes of what the map shows."""
    return classes([shown(city, measure)["value"] for city in cities])


def _dot(city: CityReport, largest: float, measure: str) -> Options:
    """One city on the map; the area of its circle is its emissions."""
    emitted = city["balance"]["emissions"]["value"] or 0.0
    place = city["score"]
    rank = say("city.rank.of", rank=place["rank"], of=place["of"]) if place["rank"] else place["why_not"]
    told = [f"{BALANCE['emissions'].heading} {figures.text(city['balance']['emissions'])}"]
    told.append(f"{COLUMNS[SCORE].heading} {figures.text(place['S'])}")
    told.append(f"{CITIES['score.rank'].heading} {rank}")
    if measure != SCORE:
        told.append(f"{choices([city])[measure]} {figures.text(shown(city, measure))}")
    return {
        "name": city["name"],
        "value": [city["longitude"], city["latitude"], emitted],
        "symbolSize": max(SMALLEST_CIRCLE, LARGEST_CIRCLE * sqrt(emitted / largest)) if largest else SMALLEST_CIRCLE,
        "city": city["city"],
        "told": "\n".join(told),
    }


def city_map(cities: Sequence[CityReport], measure: str = SCORE) -> Options:
    """The cities on the outline of land: one series a class of the measure, so that the legend is the key."""
    largest = max((city["balance"]["emissions"]["value"] or 0.0 for city in cities), default=0.0)
    found = classes_of(cities, measure)
    unit = next((figures.unit_text(shown(city, measure)["unit"]) for city in cities), "")
    groups: list[tuple[str, str, list[Options]]] = []
    for n, ((low, high), count) in enumerate(zip(found.bounds, found.counts, strict=True)):
        colour = 1 + round(n * 4 / max(1, len(found.bounds) - 1))  # of fewer classes those far apart
        groups.append((f"{low:g} – {high:g} {unit} ({count})", f"var(--s{colour})", []))
    unknown = sum(shown(city, measure)["value"] is None for city in cities)
    groups.append((say("home.unscored", count=unknown), "var(--s0)", []))
    # The largest are drawn first, so that none hides a smaller one.
    for city in sorted(cities, key=lambda city: -(city["balance"]["emissions"]["value"] or 0.0)):
        at = found.of(shown(city, measure)["value"])
        groups[-1 if at is None else at][2].append(_dot(city, largest, measure))
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
