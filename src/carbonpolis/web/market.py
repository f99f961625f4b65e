"""The market: what a tonne cost where and when, the orders behind it, every trade, and what moved between cities."""

from __future__ import annotations

from html import escape
from typing import Any

from nicegui import ui

from carbonpolis.platform.market.feed import MarketFeed
from carbonpolis.report.year.columns import FLOWS
from carbonpolis.report.year.shape import Depth, YearReport
from carbonpolis.web import charts, figures
from carbonpolis.web.axes import Options
from carbonpolis.web.frame import chart, grid, markup, page, part, pick, redraw, search
from carbonpolis.web.live import Live
from carbonpolis.web.places import batch as registry_address
from carbonpolis.web.tables import Cell, grid_column, grid_row, rows_table, table, unmarked
from carbonpolis.web.words import name, say

# Pixels of the drawing of flows: round it, and for each city on its fuller side.
FLOW_MARGIN, FLOW_HEIGHT = 24, 34


def draw(report: YearReport, feed: MarketFeed | None = None) -> None:
    """The market page of the report; one choice of a city serves prices, depth and, with a feed, the book as it is."""
    title = say("market.title", year=report["year"])
    names = {city["city"]: city["name"] for city in sorted(report["cities"], key=lambda city: city["name"])}
    first = next(iter(sorted(report["market"]["depth"])), report["cities"][0]["city"] if report["cities"] else "")
    book = ui.refreshable(_book)
    live: list[Live] = []
    with page(report, title, say("market.lead"), here="/market"):
        chooser = ui.element("div")
        with part(say("market.prices")):
            lines = chart(*_lines(report, first))
            _prices(report)
        with part(say("market.depth")):
            depth = chart(*_depth(report, first))
            depth.set_visibility(_has_orders(report, first))
            book(report, first)
        if feed is not None:
            live.append(Live(feed, names, report["currency"], first))

        def choose(code: str) -> None:
            redraw(lines, *_lines(report, code))
            if _has_orders(report, code):
                redraw(depth, *_depth(report, code))
            depth.set_visibility(_has_orders(report, code))
            book.refresh(report, code)
            for each in live:
                each.choose(code)

        with chooser:
            pick(say("market.city"), names, first, choose)
        with part(say("market.trades")):
            _trades(report)
        with part(say("market.flows")):
            _flows(report)


def _name(report: YearReport, code: str) -> str:
    return {city["city"]: city["name"] for city in report["cities"]}.get(code, code)


def _lines(report: YearReport, code: str) -> tuple[Options, str]:
    """The price of the chosen city among the others', as a chart and in words."""
    options = charts.prices(report["cities"], code, report["currency"])
    return options, say("market.prices.alt", name=_name(report, code))


def _has_orders(report: YearReport, code: str) -> bool:
    drawn = report["market"]["depth"].get(code)
    return drawn is not None and bool(drawn["bids"] or drawn["asks"])


def _depth(report: YearReport, code: str) -> tuple[Options, str]:
    """The orders of the chosen city's auction, as a chart and in words."""
    drawn = report["market"]["depth"].get(code, Depth(month="", bids=[], asks=[]))
    alt = say("market.depth.alt", name=_name(report, code), month=drawn["month"])
    return charts.depth(drawn, report["currency"]), alt


def _prices(report: YearReport) -> None:
    """The same prices as a table, folded away."""
    cities = report["cities"]
    markup(f"{figures.tag(say('assumed'))} {escape(say('market.orders'))}", tag="p").classes("quiet")
    months = list(dict.fromkeys(row["month"] for city in cities for row in city["market"]["months"]))
    rows: list[list[Cell]] = []
    for city in cities:
        at = {row["month"]: row["local_price"] for row in city["market"]["months"]}
        rows.append([city["name"], *(at.get(month) for month in months)])
    markup(
        f"<details><summary>{escape(say('market.prices.table'))}</summary>"
        + table(say("market.prices.table"), [say("city"), *months], rows, hide_caption=True)
        + "</details>"
    )


def _book(report: YearReport, code: str) -> None:
    """The orders of the chosen city's auction as a table, folded away."""
    city = _name(report, code)
    if not _has_orders(report, code):
        markup(escape(say("market.depth.empty", name=city)), tag="p").classes("quiet")
        return
    drawn = report["market"]["depth"][code]
    markup(escape(say("market.depth.note", name=city, month=drawn["month"])), tag="p").classes("quiet")
    unit = f"{report['currency']}/t"
    rows: list[list[Cell]] = [
        [say(f"market.{side}"), {"value": price, "unit": unit}, {"value": lots, "unit": "lots"}]
        for side, orders in (("bids", drawn["bids"]), ("asks", drawn["asks"]))
        for price, lots in orders
    ]
    caption = say("market.depth.table", name=city, month=drawn["month"])
    markup(
        f"<details><summary>{escape(caption)}</summary>"
        + table(caption, [say("market.side"), say("price"), say("lots")], rows, hide_caption=True)
        + "</details>"
    )


def _trades(report: YearReport) -> None:
    names = {city["city"]: city["name"] for city in report["cities"]}
    trades = report["market"]["trades"]
    if not trades:
        markup(escape(say("none")), tag="p").classes("quiet")
        return
    rows: list[dict[str, Any]] = []
    for trade in trades:
        plain = {
            "month": trade["month"],
            "kind": name(trade["kind"]),
            "seller_city": names.get(trade["seller_city"], trade["seller_city"]),
            "buyer_city": names.get(trade["buyer_city"], trade["buyer_city"]),
            "seller": trade["seller"],
            "buyer": trade["buyer"],
            "batch": trade["batch"],
            # A trade may be delivered from several batches; the row opens the first.
            "target": registry_address(trade["batch"].split(", ")[0]) if trade["batch"] else "",
        }
        rows.append(grid_row(plain, {"lots": trade["lots"], "price": unmarked(trade["price"])}))
    lots_unit = figures.unit_of([trade["lots"] for trade in trades])
    price = say("home.assumed", label=say("price"))
    price_unit = figures.unit_of([trade["price"] for trade in trades])
    columns = [
        grid_column("month", say("month"), width=100),
        grid_column("kind", say("market.kind"), width=100),
        grid_column("seller_city", say("market.seller_city"), width=130, minWidth=110, tooltipField="seller_city"),
        grid_column("seller", say("market.seller"), width=190, minWidth=150, tooltipField="seller"),
        grid_column("buyer_city", say("market.buyer_city"), width=130, minWidth=110, tooltipField="buyer_city"),
        grid_column("buyer", say("market.buyer"), width=190, minWidth=150, tooltipField="buyer"),
        grid_column("lots", say("lots"), unit=lots_unit, figure=True, width=110),
        grid_column("price", price, unit=price_unit, figure=True, width=150, minWidth=145),
        grid_column("batch", say("market.batch"), width=170, minWidth=160, tooltipField="batch"),
    ]
    search_at = ui.element("div")
    made = grid(columns, rows, say("market.trades"))
    with search_at:
        search(say("market.search"), made)


def _flows(report: YearReport) -> None:
    names = {city["city"]: city["name"] for city in report["cities"]}
    flows = report["market"]["flows"]
    if flows:
        drawn = chart(charts.flows(flows, names), say("market.flows.alt"))
        sides = max(len({flow["from"] for flow in flows}), len({flow["to"] for flow in flows}))
        drawn.style(f"height: {FLOW_MARGIN + FLOW_HEIGHT * sides}px")
    rows = [
        {**flow, "from": names.get(flow["from"], flow["from"]), "to": names.get(flow["to"], flow["to"])}
        for flow in flows
    ]
    markup(rows_table(say("market.flows.table"), FLOWS, rows))
