"""The radar of the seventeen indicators as SVG. A missing indicator breaks the line: it's never drawn as 0."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil, cos, pi, sin

from carbonpolis.report.year.shape import IndicatorValue
from carbonpolis.web import figures
from carbonpolis.web.words import say

SIZE = 460
CENTRE = SIZE / 2
RADIUS = 178.0
LABEL = 26.0
RINGS = 4


def _point(n: int, of: int, distance: float) -> tuple[float, float]:
    """Where axis `n` of `of` is at `distance` from the centre; the first points up, then clockwise."""
    angle = 2 * pi * n / of
    return CENTRE + distance * sin(angle), CENTRE - distance * cos(angle)


def _at(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def segments(values: Sequence[float | None]) -> list[list[int]]:
    """Runs of neighbouring axes that have a value, going round; one closed run (first = last) when none is missing.

    >>> segments([1, 1, None, 1])
    [[3, 0, 1]]
    """
    count = len(values)
    gaps = [n for n, value in enumerate(values) if value is None]
    if not count or len(gaps) == count:
        return []
    if not gaps:
        return [[*range(count), 0]]
    runs: list[list[int]] = []
    run: list[int] = []
    for step in range(1, count + 1):
        n = (gaps[0] + step) % count
        if values[n] is None:
            if run:
                runs.append(run)
            run = []
        else:
            run.append(n)
    return runs


def _axes(indicators: Sequence[IndicatorValue]) -> list[str]:
    """Spokes and their names; those without a value are dashed and say so."""
    count, drawn = len(indicators), []
    for n, indicator in enumerate(indicators):
        gone = indicator["normalised"] is None
        x, y = _point(n, count, RADIUS)
        kind = "gone" if gone else "spoke"
        drawn.append(f'<line class="{kind}" x1="{CENTRE}" y1="{CENTRE}" x2="{x:.1f}" y2="{y:.1f}"/>')
        x, y = _point(n, count, RADIUS + LABEL)
        anchor = "middle" if abs(x - CENTRE) < 20 else "start" if x > CENTRE else "end"
        x += {"start": -12, "end": 12, "middle": 0}[anchor]
        text = indicator["symbol"] + (f" {figures.MISSING}" if gone else "")
        shown = figures.MISSING if gone else figures.number(indicator["normalised"])
        title = f"{indicator['symbol']} {indicator['name']}: {shown}"
        drawn.append(
            f'<text class="{"gone" if gone else ""}" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="{anchor}">'
            f"<title>{escape(title)}</title>{escape(text)}</text>"
        )
    return drawn


def ceiling(values: Sequence[float]) -> float:
    """The top of the normalised scale: 1 when all values lie in 0 to 1, else 100 or what is needed above it."""
    highest = max(values, default=1.0)
    return 1.0 if highest <= 1 else max(100.0, float(ceil(highest)))


def radar(indicators: Sequence[IndicatorValue]) -> str:
    """The radar as an SVG element, its scale from 0 at the centre to the best of the reference set at the rim."""
    values = [indicator["normalised"] for indicator in indicators]
    top = ceiling([value for value in values if value is not None])
    count = len(values)
    missing = [indicator["symbol"] for indicator in indicators if indicator["normalised"] is None]
    told = say("city.score.missing", symbols=", ".join(missing)) if missing else say("city.score.whole")
    rings = [
        f'<circle class="ring" cx="{CENTRE}" cy="{CENTRE}" r="{RADIUS * n / RINGS:.1f}"/>' for n in range(1, RINGS + 1)
    ]
    scale = [
        f'<text class="scale" x="{CENTRE + 3}" y="{CENTRE - RADIUS * n / RINGS + 10:.1f}">{top * n / RINGS:g}</text>'
        for n in range(1, RINGS + 1)
    ]
    places = [
        None if value is None else _point(n, count, RADIUS * max(0.0, value) / top) for n, value in enumerate(values)
    ]
    lines = []
    for run in segments(values):
        points = [place for n in run if (place := places[n]) is not None]
        closed = len(run) > 1 and run[0] == run[-1]
        shape = _at(points if closed else [(CENTRE, CENTRE), *points])
        lines.append(f'<polygon class="area" points="{shape}"/><polyline class="line" points="{_at(points)}"/>')
    dots = [
        f'<circle class="{escape(indicator["pillar"])}" cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="4"/>'
        for indicator, place in zip(indicators, places, strict=True)
        if place is not None
    ]
    alt = escape(say("city.score.alt", missing=told))
    return (
        f'<svg class="radar" viewBox="-20 0 {SIZE + 40} {SIZE}" role="img" aria-label="{alt}">'
        + "".join([*rings, *_axes(indicators), *lines, *dots, *scale])
        + "</svg>"
    )
