"""What charts are made of: axes, legends, series and tooltips as ECharts options.

Colours are the style sheet's custom properties, which SVG resolves where it's drawn: one chart serves light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Options = dict[str, Any]
# Named outright, since the browser measures labels on a canvas, which knows no "inherit".
FONT = 'system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", Arial, sans-serif'
TOOLTIP: Options = {
    "backgroundColor": "var(--paper)",
    "borderColor": "var(--rule-strong)",
    "textStyle": {"color": "var(--ink)", "fontFamily": FONT, "fontSize": 13},
    "confine": True,
}


def shown_in(unit: str, decimals: int) -> str:
    """A formatter in the browser: thousands separators, the unit, a dash for what's missing."""
    return (
        "v => (v === null || v === undefined || Number.isNaN(Number(v))) ? '–' : Number(v).toLocaleString('en-US', "
        f"{{minimumFractionDigits: {decimals}, maximumFractionDigits: {decimals}}}) + ' {unit}'"
    )


def value_axis(title: str, **more: Any) -> Options:
    """A value axis with its unit as title."""
    return {
        "type": "value",
        "name": title,
        "nameLocation": "end",
        "nameTextStyle": {"color": "var(--quiet)", "align": "left", "fontFamily": FONT},
        "axisLabel": {"color": "var(--quiet)", "fontFamily": FONT, ":formatter": COMPACT},
        "splitLine": {"lineStyle": {"color": "var(--rule)"}},
        "axisLine": {"show": False},
        **more,
    }


COMPACT = "v => Math.abs(v) >= 1e6 ? (v / 1e6).toLocaleString('en-US') + ' M' : v.toLocaleString('en-US')"


def names_axis(values: Sequence[str], **more: Any) -> Options:
    """An axis of names."""
    return {
        "type": "category",
        "data": list(values),
        "axisLabel": {"color": "var(--quiet)", "fontFamily": FONT},
        "axisLine": {"lineStyle": {"color": "var(--rule-strong)"}},
        "axisTick": {"show": False},
        **more,
    }


def legend(**more: Any) -> Options:
    """The key to the series, on one line that turns pages when it's too long."""
    return {
        "type": "scroll",
        "top": 0,
        "left": 0,
        "itemWidth": 14,
        "itemHeight": 10,
        "textStyle": {"color": "var(--ink)", "fontFamily": FONT},
        "inactiveColor": "var(--rule-strong)",
        "pageTextStyle": {"color": "var(--quiet)"},
        "pageIconColor": "var(--accent)",
        "pageIconInactiveColor": "var(--rule-strong)",
        **more,
    }


def series_of(kind: str, title: str, data: Sequence[Any], colour: str, **more: Any) -> Options:
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
