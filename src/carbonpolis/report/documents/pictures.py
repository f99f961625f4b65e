"""Pictures of scores and comparisons: plain functions from frames to matplotlib figures, which nobody has to show.

Colours are safe for colour-blind readers (Okabe & Ito 2008); what a colour says, a position or a word says too.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import TwoSlopeNorm, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.text import Text

from carbonpolis.errors import BadInput, Fault
from carbonpolis.report.pdf_fonts import EAST_ASIAN

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#555555")
INK, FAINT, LINE = "#222222", "#8a8a8a", "#dddddd"
# Tried in this order after the first for signs that it lacks, such as Chinese names; those that the machine has.
FONTS = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "WenQuanYi Zen Hei",
    "SimHei",
    "PingFang SC",
    "Droid Sans Fallback",
)
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # the East Asian letters have but one weight
MOST_ROWS, MOST_PANELS = 40, 16
DPI = 150


def save(figure: Figure, path: Path) -> None:
    """Write a figure as its ending says (png, svg, pdf). Raises BadInput if it can't be written."""
    try:
        _draw(figure, path, DPI)
    except (OSError, ValueError) as problem:
        raise BadInput([Fault("picture", 0, "--plot", str(path), f"a file to write ({problem})")]) from None


def as_png(figure: Figure, dpi: int = 110) -> bytes:
    """A figure as the bytes of a PNG file."""
    held = io.BytesIO()
    _draw(figure, held, dpi)
    return held.getvalue()


@cache
def _families() -> list[str]:
    fontManager.addfont(EAST_ASIAN)  # ours: so there is always one
    # It has one weight, and a word about that for every bold name helps nobody.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    there = {font.name for font in fontManager.ttflist}
    return [name for name in FONTS if name in there]


def _draw(figure: Figure, target: Path | io.BytesIO, dpi: int) -> None:
    families = _families()
    for text in figure.findobj(Text):
        text.set_fontfamily(families)
    with warnings.catch_warnings():
        # A machine without a font for a name shows boxes; saying so for every sign helps nobody.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        figure.savefig(target, dpi=dpi, facecolor="white")


def ranking(
    values: pd.Series[float],
    low: pd.Series[float] | None = None,
    high: pd.Series[float] | None = None,
    *,
    title: str,
    unit: str,
    groups: pd.Series[str] | None = None,
    best_is_low: bool = True,
    middle: tuple[float, str] | None = None,
) -> Figure:
    """Cities in order, each with its figure and, where known, its range. Of more than 40 the first and last 20.

    middle: a value to draw as a line across, and its name.
    """
    ordered = values.dropna().sort_values(ascending=best_is_low, kind="stable")
    left_out = max(0, len(ordered) - MOST_ROWS)
    if left_out:
        half = MOST_ROWS // 2
        ordered = pd.concat([ordered.iloc[:half], ordered.iloc[-half:]])
    rows = len(ordered)
    figure, axes = _blank(8.0, 1.5 + 0.24 * max(rows, 3), title)
    names = sorted({str(g) for g in groups.dropna()}) if groups is not None else []
    colour = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(names)}
    bounds = [end.to_dict() if end is not None else {} for end in (low, high)]
    belongs = groups.to_dict() if groups is not None else {}
    for place, (city, value) in enumerate(ordered.items()):
        y = -place - (1 if left_out and place >= MOST_ROWS // 2 else 0)
        shade = colour.get(str(belongs.get(city)), COLOURS[0]) if groups is not None else COLOURS[0]
        ends = [float(end.get(city, np.nan)) for end in bounds]
        if all(np.isfinite(ends)):
            axes.plot(ends, [y, y], color=shade, alpha=0.45, lw=4, solid_capstyle="round", zorder=2)
        axes.plot([value], [y], "o", color=shade, ms=5.5, zorder=3)
        axes.annotate(
            _number(float(value)),
            (max(value, np.nan_to_num(ends[1], nan=value)), y),
            (7, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=INK,
        )
    ticks = [-place - (1 if left_out and place >= MOST_ROWS // 2 else 0) for place in range(rows)]
    axes.set_yticks(ticks, [_short(str(city), 30) for city in ordered.index], fontsize=8.5)
    if left_out:
        axes.text(
            0.01,
            -MOST_ROWS // 2,
            f"… {left_out} more cities …",
            transform=axes.get_yaxis_transform(),
            fontsize=8,
            color=FAINT,
            va="center",
        )
    axes.set_ylim(min(ticks, default=0) - 0.8, 0.8)
    axes.set_xlabel(unit, fontsize=9, color=INK)
    axes.margins(x=0.12)
    if rows and (ordered >= 0).all():
        axes.set_xlim(left=0)
    axes.grid(axis="x", color=LINE, lw=0.8)
    if middle is not None:
        axes.axvline(middle[0], color=FAINT, lw=1.2, ls="--", zorder=1)
        axes.text(middle[0], 0.75, f" {middle[1]}", fontsize=7.5, color=FAINT, va="bottom")
    _legend(figure, axes, {name: colour[name] for name in names} if len(names) > 1 else {})
    return figure


def dumbbell(
    before: pd.Series[float], after: pd.Series[float], *, title: str, unit: str, labels: tuple[str, str]
) -> Figure:
    """Two figures of each city, joined: before and after, or with and without. Greatest change first."""
    both = pd.DataFrame({"before": before, "after": after}).dropna()
    order = (both["after"] - both["before"]).abs().sort_values(ascending=False, kind="stable").index[:MOST_ROWS]
    both = both.loc[order]
    figure, axes = _blank(8.0, 1.6 + 0.26 * max(len(both), 3), title)
    for place, (one, other) in enumerate(both.itertuples(index=False)):
        axes.plot(
            [one, other],
            [-place, -place],
            color=COLOURS[0] if other >= one else COLOURS[5],
            lw=2.5,
            alpha=0.5,
            zorder=2,
        )
    places = -np.arange(len(both))
    axes.plot(both["before"], places, "o", mfc="white", mec=INK, ms=6, ls="", label=labels[0], zorder=3)
    axes.plot(both["after"], places, "o", color=INK, ms=6, ls="", label=labels[1], zorder=3)
    axes.set_yticks(places, [_short(str(city), 30) for city in both.index], fontsize=8.5)
    axes.set_ylim(-len(both) + 0.2, 0.8)
    axes.set_xlabel(unit, fontsize=9)
    axes.grid(axis="x", color=LINE, lw=0.8)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=8.5)
    return figure


def radar(levels: pd.DataFrame, *, title: str, top: float = 100.0) -> Figure:
    """A few cities (rows, at most six) over three or more branches or indicators (columns), from 0 to `top`."""
    if levels.shape[1] < 3:
        raise ValueError(f"a radar needs at least 3 spokes, found {levels.shape[1]}")
    shown = levels.iloc[:6]
    figure = _figure(7.5, 6.2, title)
    axes = figure.add_subplot(projection="polar")
    angles = np.linspace(0, 2 * np.pi, shown.shape[1], endpoint=False)
    for place, (city, row) in enumerate(shown.iterrows()):
        values = row.to_numpy(dtype=float)
        known = np.isfinite(values)
        closed = np.append(values, values[0]) if known.all() else values
        spokes = np.append(angles, angles[0]) if known.all() else angles
        axes.plot(spokes, closed, color=COLOURS[place], lw=2, marker="o", ms=4, label=_short(str(city), 28))
        if known.all():
            axes.fill(spokes, closed, color=COLOURS[place], alpha=0.08)
    axes.set_theta_offset(np.pi / 2)  # type: ignore[attr-defined]
    axes.set_theta_direction(-1)  # type: ignore[attr-defined]
    axes.set_xticks(angles, [str(name) for name in shown.columns], fontsize=9)
    axes.set_ylim(0, top)
    axes.set_yticks(
        np.linspace(0, top, 5)[1:], [f"{v:.0f}" for v in np.linspace(0, top, 5)[1:]], fontsize=7.5, color=FAINT
    )
    axes.grid(color=LINE)
    axes.spines["polar"].set_color(LINE)
    axes.legend(loc="upper left", bbox_to_anchor=(1.06, 1.0), frameon=False, fontsize=9)
    return figure


def sunburst(
    parents: Mapping[str, str], weights: Mapping[str, float], *, title: str, values: Mapping[str, float] | None = None
) -> Figure:
    """A framework from its root outwards; each child as wide as its share of its branch's weight.

    parents: of every branch and indicator, "" for the root. weights: of every one but the root. values: on 1 to 100, to
    shade by; missing ones stay white.
    """
    root = next(name for name, parent in parents.items() if not parent)
    figure = _figure(7.2, 7.0, title)
    axes = figure.add_subplot(projection="polar")
    children = {name: [child for child, parent in parents.items() if parent == name] for name in parents}
    depth = [0]

    def ring(name: str, start: float, width: float, level: int, shade: str) -> None:
        depth[0] = max(depth[0], level)
        total = sum(weights[child] for child in children[name])
        at = start
        for place, child in enumerate(children[name]):
            part = width * weights[child] / total
            colour = COLOURS[place % len(COLOURS)] if level == 0 else shade
            strength = 0.75 if values is None else 0.12 + 0.83 * float(np.nan_to_num(values.get(child, 0.0))) / 100
            face = _tint(colour, strength * (1.0 if values is not None else 0.95 - 0.2 * level))
            known = values is None or np.isfinite(values.get(child, np.nan))
            axes.bar(
                at + part / 2,
                0.96,
                width=part,
                bottom=0.8 + level,
                color=face if known else "white",
                edgecolor="white" if known else FAINT,
                lw=1.5,
            )
            middle = at + part / 2
            text = child if values is None or not known else f"{child}\n{values[child]:.0f}"
            dark = sum(to_rgb(face)) < 1.65 and known
            axes.text(
                middle,
                1.28 + level,
                text,
                ha="center",
                va="center",
                fontsize=9 if level == 0 else 7.5,
                color="white" if dark else INK,
            )
            ring(child, at, part, level + 1, colour)
            at += part

    axes.set_theta_offset(np.pi / 2)  # type: ignore[attr-defined]
    axes.set_theta_direction(-1)  # type: ignore[attr-defined]
    ring(root, 0.0, 2 * np.pi, 0, COLOURS[0])
    centre = root if values is None or root not in values else f"{root}\n{values[root]:.0f}"
    axes.text(0, 0, centre, ha="center", va="center", fontsize=13, weight="bold", color=INK)
    axes.set_ylim(0, depth[0] + 0.9)
    axes.axis("off")
    return figure


def heatmap(correlations: pd.DataFrame, *, title: str) -> Figure:
    """Correlations from -1 to 1, each cell with its figure; a pair that has none stays blank."""
    size = len(correlations)
    figure, axes = _blank(2.6 + 0.42 * size, 2.2 + 0.4 * size, title)
    image = axes.imshow(correlations.to_numpy(dtype=float), cmap="RdBu", norm=TwoSlopeNorm(0, -1, 1))
    for (row, column), value in np.ndenumerate(correlations.to_numpy(dtype=float)):
        if np.isfinite(value):
            axes.text(
                column,
                row,
                f"{value:.1f}".replace("-0.0", "0.0"),
                ha="center",
                va="center",
                fontsize=6.5,
                color="white" if abs(value) > 0.6 else INK,
            )
    axes.set_xticks(range(size), correlations.columns, rotation=90, fontsize=8)
    axes.set_yticks(range(size), correlations.index, fontsize=8)
    axes.tick_params(length=0)
    bar = figure.colorbar(image, ax=axes, shrink=0.7, pad=0.02)
    bar.ax.tick_params(labelsize=7.5)
    bar.outline.set_visible(False)
    return figure


def small_multiples(series: pd.DataFrame, *, title: str, unit: str, marks: Mapping[str, int] | None = None) -> Figure:
    """A panel a city (rows, at most 16) over years (columns); `marks` puts a dot on a year, such as a peak."""
    shown = series.iloc[:MOST_PANELS]
    across = min(4, max(1, len(shown)))
    down = -(-max(1, len(shown)) // across)
    figure = _figure(2.6 * across + 0.4, 1.7 * down + 1.0, title)
    panels = figure.subplots(down, across, squeeze=False, sharex=True)
    for axes, (city, row) in zip(panels.flat, shown.iterrows(), strict=False):
        known = row.dropna()
        years, values = np.asarray(known.index, dtype=float), known.to_numpy(dtype=float)
        axes.plot(years, values, color=COLOURS[0], lw=1.8)
        mark = (marks or {}).get(str(city))
        if mark is not None and mark in known.index:
            axes.plot([mark], [known[mark]], "o", color=COLOURS[5], ms=6)
            axes.annotate(
                str(mark),
                (mark, known[mark]),
                (0, 6),
                textcoords="offset points",
                ha="center",
                fontsize=7.5,
                color=COLOURS[5],
            )
        axes.set_title(_short(str(city), 26), fontsize=9, loc="left", color=INK)
        axes.set_ylim(0, values.max() * 1.25 if len(values) and values.max() > 0 else 1)
        _clean(axes)
    for axes in list(panels.flat)[len(shown) :]:
        axes.axis("off")
    figure.supylabel(unit, fontsize=9, color=INK)
    return figure


def _figure(width: float, height: float, title: str) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(title, fontsize=11.5, color=INK, x=0.02, ha="left", weight="bold")
    return figure


def _blank(width: float, height: float, title: str) -> tuple[Figure, Any]:
    figure = _figure(width, height, title)
    axes = figure.add_subplot()
    _clean(axes)
    return figure, axes


def _clean(axes: Any) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.tick_params(colors=INK, labelsize=8, length=0)
    axes.set_axisbelow(True)


def _legend(figure: Figure, axes: Any, colours: Mapping[str, str]) -> None:
    for name, colour in colours.items():
        axes.plot([], [], "o", color=colour, label=_short(name, 70))
    if colours:
        figure.legend(loc="outside lower center", frameon=False, fontsize=8, ncols=1)


def _tint(colour: str, strength: float) -> str:
    mixed = [1 - strength * (1 - part) for part in to_rgb(colour)]
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, part))):02x}" for part in mixed)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) < 1 else f"{value:.1f}"
