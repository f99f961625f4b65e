"""What if: sliders from a city's real indicators and the pillars' weights, and at once the score, the rank and why.

The page translates; the arithmetic is `evaluate.score.whatif`, over the very values that the report tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import isfinite, nan
from typing import TYPE_CHECKING

import pandas as pd
from nicegui import ui

from carbonpolis.report.year.columns import SCORE
from carbonpolis.report.year.shape import CityReport, IndicatorValue, YearReport
from carbonpolis.web import figures, places
from carbonpolis.web.frame import markup, page, part
from carbonpolis.web.tables import Cell, Html, link, table
from carbonpolis.web.words import say

if TYPE_CHECKING:
    from carbonpolis.evaluate.score.tree import Leaf
    from carbonpolis.evaluate.score.whatif import Outcome, Standing

FRAMEWORK = "table-1"
STEPS = 200  # of a slider
PARTS = 10.0  # what a pillar's weight begins at, of 30; only proportions count
SECONDS = 0.15  # between two looks while a slider is moved


def draw(report: YearReport, code: str) -> bool:
    """The page of the city `code`; False when the report has no such city, and nothing was drawn."""
    city = next((city for city in report["cities"] if city["city"] == code), None)
    if city is None:
        return False
    title = say("whatif.title", name=city["name"], city=city["city"])
    with page(report, title, say("whatif.lead", name=city["name"], year=report["year"]), here="/"):
        _Desk(report["cities"], city).draw()
        back = link(say("whatif.back", name=city["name"]), places.city(city["city"])).text
        markup(back, tag="p")
    return True


def frame_of(cities: Sequence[CityReport]) -> pd.DataFrame:
    """The scored form of every indicator of every city, index city; NaN where it is missing."""
    rows = {
        city["city"]: {
            row["symbol"]: nan if (value := row["scored"]["value"]) is None else value for row in city["indicators"]
        }
        for city in cities
    }
    return pd.DataFrame.from_dict(rows, orient="index").astype(float)


def reach(leaf: Leaf, value: float | None) -> tuple[float, float]:
    """From where to where a slider goes: between the goalposts, and as far as the city's own value."""
    known = [value] if value is not None and isfinite(value) else []
    return min([leaf.low, *known]), max([leaf.high, *known])


class _Desk:
    """The sliders of one visitor and what they come to."""

    def __init__(self, cities: Sequence[CityReport], city: CityReport) -> None:
        from carbonpolis.evaluate.score import Framework  # with its compiled loops: the other pages don't wait for them
        from carbonpolis.evaluate.score.whatif import WhatIf

        self.framework = Framework.load(FRAMEWORK)
        self.rows: dict[str, IndicatorValue] = {row["symbol"]: row for row in city["indicators"]}
        self.names = {each["city"]: each["name"] for each in cities}
        self.asked = WhatIf(self.framework, frame_of(cities), city["city"])
        self.pillars = [node.name for node in self.framework.nodes if node.parent]
        self.values: dict[str, float] = {}  # by indicator, where it was moved
        self.weights = dict.fromkeys(self.pillars, PARTS)
        self.start: dict[str, float] = {}  # where the slider of an indicator stands
        self.sliders: dict[str, ui.html] = {}
        self.boxes: list[ui.checkbox] = []
        self.told: dict[str, ui.html] = {}

    def draw(self) -> None:
        """Result first, for it stays in sight; then weights and indicators, pillar by pillar."""
        with ui.element("div").classes("result"), part(say("whatif.result")):
            self.result = markup("").props("role=status aria-live=polite")
            reset = markup(escape(say("whatif.reset")), tag="button").classes("plain").props("type=button")
            reset.on("click", self._reset)
        with part(say("whatif.weights")), ui.element("div").classes("sliders"):
            for pillar in self.pillars:
                with ui.element("div").classes("slide"):
                    self._slider(pillar, SCORE[pillar].heading, (1.0, 30.0), PARTS)
            markup(escape(say("whatif.weights.note")), tag="p").classes("quiet")
        for pillar in self.pillars:
            with part(SCORE[pillar].heading), ui.element("div").classes("sliders"):
                for leaf in self.framework.leaves:
                    if leaf.parent == pillar and leaf.symbol in self.rows:
                        self._indicator(leaf)
        self._look()

    def _indicator(self, leaf: Leaf) -> None:
        row = self.rows[leaf.symbol]
        value = row["scored"]["value"]
        low, high = reach(leaf, value)
        label = f"{leaf.symbol} {row['name']}"
        start = (low + high) / 2 if value is None else value
        unit = figures.unit_text(row["scored"]["unit"])
        self.start[leaf.symbol] = start
        with ui.element("div").classes("slide"):
            self._slider(leaf.symbol, label, (low, high), start, unit=unit, still=value is None)
            if value is None:
                box = ui.checkbox(
                    say("whatif.suppose", label=label),
                    on_change=lambda event, leaf=leaf: self._suppose(leaf, event.value),
                )
                self.boxes.append(box.classes("suppose"))

    def _slider(
        self, key: str, label: str, ends: tuple[float, float], value: float, *, unit: str = "", still: bool = False
    ) -> None:
        """A slider of the browser's own, which keyboards and screen readers know; it lives outside what is redrawn."""
        step = 1.0 if key in self.weights else (ends[1] - ends[0]) / STEPS
        attributes = f'min="{ends[0]!r}" max="{ends[1]!r}" step="{step!r}" value="{value!r}"'
        markup(escape(label), tag="span").classes("what")
        self.told[key] = markup("", tag="span").classes("now")
        named = escape(f"{label}, {unit}" if unit else label)
        off = " disabled" if still else ""
        made = markup(f'<input type="range" aria-label="{named}" {attributes}{off}>')
        emit = "e => emit(Number(e.target.value))"
        made.on("input", lambda event, key=key: self._move(key, float(event.args)), js_handler=emit, throttle=SECONDS)
        self.sliders[key] = made

    def _move(self, key: str, value: float) -> None:
        if key in self.weights:
            self.weights[key] = value
        else:
            self.values[key] = self.start[key] = value
        self._look()

    def _suppose(self, leaf: Leaf, on: bool) -> None:
        """A value for an indicator that isn't known, or none again."""
        slider = self.sliders[leaf.symbol]
        ui.run_javascript(f"getHtmlElement({slider.id}).firstChild.disabled = {'false' if on else 'true'}")
        if on:
            self.values[leaf.symbol] = self.start[leaf.symbol]
        else:
            self.values.pop(leaf.symbol, None)
        self._look()

    def _reset(self) -> None:
        for box in self.boxes:
            box.set_value(False)
        self.values.clear()
        self.weights = dict.fromkeys(self.pillars, PARTS)
        places = ", ".join(str(slider.id) for slider in self.sliders.values())
        ui.run_javascript(
            f"for (const id of [{places}]) {{ const e = getHtmlElement(id).firstChild; e.value = e.defaultValue; }}"
        )
        self._look()

    def _look(self) -> None:
        even = all(weight == PARTS for weight in self.weights.values())
        outcome = self.asked.suppose(self.values, None if even else self.weights)
        for pillar, weight in self.weights.items():
            self.told[pillar].set_content(escape(f"{100 * weight / sum(self.weights.values()):.0f} %"))
        for leaf in self.framework.leaves:
            if leaf.symbol in self.told:
                self.told[leaf.symbol].set_content(self._now(leaf))
        self.result.set_content(self._standing(outcome) + self._moved(outcome))

    def _now(self, leaf: Leaf) -> str:
        """An indicator's value with its unit, what it really is, and which way is better."""
        scored = self.rows[leaf.symbol]["scored"]
        unit = figures.unit_text(scored["unit"])
        real = figures.number(scored["value"], scored["unit"])
        now = self.values.get(leaf.symbol)
        better = say("whatif.better", way=say(f"city.direction.{leaf.direction}"))
        if now is None:
            value = (
                f"<b>{escape(real)}</b> {escape(unit)}"
                if scored["value"] is not None
                else escape(say("whatif.missing"))
            )
            return f"{value}<small>{escape(better)}</small>"
        told = say("whatif.really", value=real) if scored["value"] is not None else say("whatif.supposed")
        moved = f"<b>{escape(figures.number(now, scored['unit']))}</b> {escape(unit)}"
        return f"{moved} <em>{escape(told)}</em><small>{escape(better)}</small>"

    def _standing(self, outcome: Outcome) -> str:
        before, after = outcome.before, outcome.after
        ahead = ""
        if outcome.ahead is not None:
            city, points = outcome.ahead
            ahead = say("whatif.ahead", name=self.names.get(city, city), points=figures.number(points))
        items = [
            (SCORE["S"].heading, _points(after.score), say("whatif.was", value=_points(before.score))),
            (say("city.rank"), _rank(after), say("whatif.was", value=_rank(before))),
        ]
        items += [
            (
                SCORE[name].heading,
                _points(after.levels[name]),
                say("whatif.was", value=_points(before.levels[name])),
            )
            for name in self.pillars
        ]
        facts = "".join(
            f"<div><dt>{escape(label)}</dt><dd>{escape(value)}<small>{escape(was)}</small></dd></div>"
            for label, value, was in items
        )
        why = f'<p class="quiet">{escape(say("city.unranked", why=after.why_not))}</p>' if after.why_not else ""
        behind = f'<p class="quiet">{escape(ahead)}</p>' if ahead else ""
        return f'<dl class="facts">{facts}</dl>{behind}{why}'

    def _moved(self, outcome: Outcome) -> str:
        if not self.values and all(weight == PARTS for weight in self.weights.values()):
            return f'<p class="quiet">{escape(say("whatif.nothing"))}</p>'
        if not outcome.moved:
            return f'<p class="quiet">{escape(say("whatif.untold"))}</p>'
        rows: list[list[Cell]] = []
        for name, points in outcome.moved.items():
            label = say("whatif.by_weights") if name not in self.rows else f"{name} {self.rows[name]['name']}"
            sign = "+" if points > 0 else figures.MINUS
            rows.append([label, Html(f"{sign}{figures.number(abs(points))}", right=True)])
        caption = say("whatif.moved")
        return table(caption, [say("whatif.cause"), say("whatif.points")], rows)


def _points(value: float | None) -> str:
    return figures.number(value)


def _rank(standing: Standing) -> str:
    if standing.rank is None:
        return figures.MISSING
    return say("city.rank.of", rank=standing.rank, of=standing.of)
