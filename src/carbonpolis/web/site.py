"""The addresses of the site, each tied to its page."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from fastapi.responses import JSONResponse
from nicegui import app, ui

from carbonpolis.platform.feed import MarketFeed
from carbonpolis.report.shape import YearReport
from carbonpolis.web import city, feed, home, market, places, policy, registry, retirement
from carbonpolis.web.frame import markup, page
from carbonpolis.web.tables import link
from carbonpolis.web.words import say


def mount(report: Callable[[], YearReport], live: MarketFeed | None = None) -> None:
    """Register every page. `report` is called once for each page that is opened, so it should answer from memory.

    live: the market feed; with it the site serves it, and shows the books as they are now.
    """

    def _home() -> None:
        home.draw(report())

    def _city(code: str) -> None:
        told = report()
        if not city.draw(told, code):
            _lost(told, say("lost.city", name=code))

    def _market() -> None:
        market.draw(report(), live)

    def _registry() -> None:
        registry.draw(report())

    def _batch(code: str) -> None:
        told = report()
        if not registry.draw_batch(told, code):
            _lost(told, say("lost.batch", name=code))

    def _retirement(code: str) -> None:
        told = report()
        if not retirement.draw(told, code):
            _lost(told, say("lost.retirement", name=code))

    def _policy() -> None:
        policy.draw(report())

    def _json() -> JSONResponse:
        return JSONResponse(report())

    ui.page("/")(_home)
    ui.page("/city/{code}")(_city)
    ui.page("/market")(_market)
    ui.page("/registry")(_registry)
    ui.page("/registry/{code}")(_batch)
    ui.page("/retirement/{code}")(_retirement)
    ui.page("/policy")(_policy)
    app.get("/report.json")(_json)
    if live is not None:
        feed.mount(live)


def _lost(report: YearReport, why: str) -> None:
    """A page for an address that names nothing in the report, with what there is."""
    with page(report, say("lost.title"), why, here=""):
        links = "".join(f"<li>{link(each['name'], places.city(each['city'])).text}</li>" for each in report["cities"])
        markup(f'<ul>{links}</ul><p><a href="/">{escape(say("lost.back"))}</a></p>')
