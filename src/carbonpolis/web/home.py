"""Home: the balance of all cities, where they are, and how each stands."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from nicegui import ui

from carbonpolis.report.year.columns import ASSUMPTIONS, CITIES, MONEY, UNITS, Door, shown_at
from carbonpolis.report.year.shape import CityReport, YearReport
from carbonpolis.web import balance, figures, places
from carbonpolis.web.frame import chart, grid, markup, page, part, pick, search
from carbonpolis.web.map import SCORE, choices, city_map, classes_of
from carbonpolis.web.tables import (
    all_assumed,
    figures_table,
    grid_column,
    grid_figures,
    grid_row,
    link,
    rows_table,
    unmarked,
)
from carbonpolis.web.words import say

# Natural Earth 1:110m Admin 0 countries (public domain), dissolved to land and simplified to about 0.1 degree.
LAND = files("carbonpolis.data").joinpath("land.geojson").read_text(encoding="utf-8").strip()
# Pixels of the columns of all cities.
WIDTH = {"width": 140, "minWidth": 132}
WIDTHS: dict[str, dict[str, Any]] = {
    "name": {"html": True, "pinned": "left", "width": 140, "minWidth": 130, "tooltipField": "name"},
    "country": {"width": 75, "minWidth": 75},
    "score.S": {"width": 105, "minWidth": 100},
    "score.rank": {"figure": True, "width": 105, "minWidth": 100},
}


def draw(report: YearReport) -> None:
    """The home page of the report."""
    cities = report["cities"]
    title = say("home.title", count=len(cities), year=report["year"])
    # The map module has to know the outline before the chart asks for it.
    ui.add_head_html(
        '<script type="module">import { echarts } from "nicegui-echart"; '
        f"echarts.registerMap('land', {LAND});</script>"
    )
    with page(report, title, say("home.lead"), here="/"):
        with part(say("home.balance")):
            balance.draw(report["total"])
        with part(say("home.map")):
            pick(say("home.map.shown"), choices(cities), SCORE, lambda measure: _map(cities, measure, here))
            here = ui.element("div")
            _map(cities, SCORE, here)
        with part(say("home.table")):
            _city_table(report)
        with part(say("home.ledger")):
            _ledger(report)
        with part(say("home.assumptions")):
            _assumptions(report)


def _map(cities: Sequence[CityReport], measure: str, here: ui.element) -> None:
    """The map of a measure; a circle opens its city."""
    here.clear()
    title = choices(cities)[measure]
    with here:
        drawn = chart(city_map(cities, measure), say("home.map.alt", measure=title), "chart map")
        drawn.on_point_click(lambda event: ui.navigate.to(places.city(event.data["city"])))
        steps = say("home.map.equal" if classes_of(cities, measure).equal else "home.map.fifths")
        markup(escape(say("home.map.note", measure=title, steps=steps)), tag="p").classes("quiet")


def _city_table(report: YearReport) -> None:
    """Every city, sortable and searchable; each name is a link, and each row opens its city."""
    cities = report["cities"]
    rows = [
        {
            "city": city["city"],
            "name_html": link(city["name"], places.city(city["city"])).text,
            "rank_html": _rank(city),
            "target": places.city(city["city"]),
        }
        for city in cities
    ]
    columns = []
    for column in shown_at(CITIES, Door.SITE):
        field, heading, more = column.key.rpartition(".")[2], column.narrow, WIDTHS.get(column.key, WIDTH)
        found = [column.of(city) for city in cities]
        if column.unit is None:
            rows = [{field: value, **row} for row, value in zip(rows, found, strict=True)]
            columns.append(grid_column(field, heading, **more))
            continue
        if all_assumed(found):  # the head of the column says so, once
            found, heading = [unmarked(quantity) for quantity in found], say("home.assumed", label=heading)
        rows = [grid_row(row, {field: quantity}) for row, quantity in zip(rows, found, strict=True)]
        columns += grid_figures({field: heading}, {field: found}, **more)
    search_at = ui.element("div")
    made = grid(columns, rows, say("home.table"))
    with search_at:
        search(say("home.search"), made)
    markup(escape(say("home.table.hint")), tag="p").classes("quiet")


def _rank(city: CityReport) -> str:
    """The rank with the interval of 90 % of the draws, or a dash."""
    score = city["score"]
    if score["rank"] is None:
        return figures.MISSING
    return f'{score["rank"]} <span class="unit">({score["rank_low"]}–{score["rank_high"]})</span>'


def _assumptions(report: YearReport) -> None:
    told = rows_table(say("home.assumptions"), ASSUMPTIONS, report["assumptions"], hide_caption=True)
    count = len(report["assumptions"])
    markup(
        f"<p>{escape(say('home.assumptions.lead'))}</p><details><summary>"
        f"{escape(say('home.assumptions.open', count=count))}</summary>{told}</details>"
    )


def _ledger(report: YearReport) -> None:
    with ui.element("div").classes("two"):
        for note, columns, row, heading in (
            (say("home.ledger.note"), UNITS, report["ledger"], say("home.ledger")),
            (say("home.money.note"), MONEY, report["money"], say("home.money")),
        ):
            markup(figures_table(note, columns.values(), row, (heading, say("amount"))))
