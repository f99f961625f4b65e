"""Home: the balance of all cities, where they are, and how each stands."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from nicegui import ui

from carbonpolis.report.year.shape import CityReport, Quantity, YearReport
from carbonpolis.web import balance, figures, places
from carbonpolis.web.frame import chart, grid, markup, page, part, pick, search
from carbonpolis.web.map import SCORE, choices, city_map, classes_of
from carbonpolis.web.tables import Cell, grid_column, grid_figures, grid_row, link, table, unmarked
from carbonpolis.web.words import say

# Natural Earth 1:110m Admin 0 countries (public domain), dissolved to land and simplified to about 0.1 degree.
LAND = files("carbonpolis.data").joinpath("land.geojson").read_text(encoding="utf-8").strip()
# What comes of the model's bids; the head of the column says so, once.
MODELLED = ("covered", "on_credit", "uncovered", "local_price")
FIGURES = ("emissions", "covered", "on_credit", "uncovered", "score", "local_price")


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
    rows = []
    quantities: dict[str, list[Quantity]] = {field: [] for field in FIGURES}
    for city in report["cities"]:
        bal = city["balance"]
        told: dict[str, Quantity] = {
            "emissions": bal["emissions"],
            "covered": bal["covered"],
            "on_credit": bal["on_credit"],
            "uncovered": bal["uncovered"],
            "score": city["score"]["S"],
            "local_price": city["market"]["S21"],
        }
        for field, quantity in told.items():
            quantities[field].append(quantity)
        plain = {
            "city": city["city"],
            "name": city["name"],
            "name_html": link(city["name"], places.city(city["city"])).text,
            "country": city["country"],
            "rank": city["score"]["rank"],
            "rank_html": _rank(city),
            "target": places.city(city["city"]),
        }
        rows.append(grid_row(plain, {field: unmarked(quantity) for field, quantity in told.items()}))
    labels = {field: say(field) for field in FIGURES if field not in {"covered", "on_credit", "local_price"}}
    labels |= {
        "covered": say("covered.short"),
        "on_credit": say("on_credit.short"),
        "local_price": say("home.local_price"),
    }
    for field in MODELLED:
        labels[field] = say("home.assumed", label=labels[field])
    columns = [
        grid_column("name", say("city"), html=True, pinned="left", width=140, minWidth=130, tooltipField="name"),
        grid_column("country", say("country"), width=75, minWidth=75),
        *grid_figures({field: labels[field] for field in FIGURES[:4]}, quantities, width=140, minWidth=132),
        *grid_figures({"score": labels["score"]}, quantities, width=105, minWidth=100),
        grid_column("rank", say("rank"), figure=True, width=105, minWidth=100),
        *grid_figures({"local_price": labels["local_price"]}, quantities, width=140, minWidth=140),
    ]
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
    rows: list[list[Cell]] = [
        [item["what"], item["value"], item["why"], item["source"]] for item in report["assumptions"]
    ]
    headings = [say("home.assumption"), say("home.value"), say("home.why"), say("source")]
    markup(
        f"<p>{escape(say('home.assumptions.lead'))}</p><details><summary>"
        f"{escape(say('home.assumptions.open', count=len(rows)))}</summary>"
        + table(say("home.assumptions"), headings, rows, hide_caption=True)
        + "</details>"
    )


def _ledger(report: YearReport) -> None:
    ledger, money = report["ledger"], report["money"]
    units = [ledger["issued"], ledger["held"], ledger["buffered"], ledger["retired"]]
    units += [ledger["cancelled"], ledger["exported"]]
    names = ("issued", "held", "buffered", "retired", "cancelled", "exported")
    purse = [money["deposited"], money["with_parties"], money["fees"], money["climate_funds"]]
    names_of_money = ("deposited", "with_parties", "fees", "climate_funds")
    with ui.element("div").classes("two"):
        first: list[list[Cell]] = [[say(name), quantity] for name, quantity in zip(names, units, strict=True)]
        second: list[list[Cell]] = [[say(name), quantity] for name, quantity in zip(names_of_money, purse, strict=True)]
        markup(table(say("home.ledger.note"), [say("home.ledger"), say("amount")], first))
        markup(table(say("home.money.note"), [say("home.money"), say("amount")], second))
