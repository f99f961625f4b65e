"""The addresses of the site, each tied to its page."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from html import escape

from fastapi import Request
from fastapi.responses import JSONResponse
from nicegui import app, ui

from carbonpolis.platform.market.feed import MarketFeed
from carbonpolis.report.year.shape import Retirement, YearReport
from carbonpolis.web import city, feed, home, market, places, policy, registry, retirement, whatif
from carbonpolis.web.frame import markup, page
from carbonpolis.web.tables import link
from carbonpolis.web.words import say

NOT_FOUND = 404
SUGGESTED = 5  # names that may be meant


def mount(report: Callable[[], YearReport], live: MarketFeed | None = None) -> Callable[[Request], None]:
    """Register every page; returns what to draw at any other address.

    `report` is called once for each page that is opened, so it should answer from memory. live: the market feed; with
    it the site serves it, and shows the books as they are now.
    """

    def _home() -> None:
        home.draw(report())

    def _city(code: str) -> None:
        told = report()
        if not city.draw(told, code):
            _no_city(told, code)

    def _whatif(code: str) -> None:
        told = report()
        if not whatif.draw(told, code):
            _no_city(told, code)

    def _market() -> None:
        market.draw(report(), live)

    def _registry() -> None:
        registry.draw(report())

    def _batch(code: str) -> None:
        told = report()
        if not registry.draw_batch(told, code):
            there = {each["batch"]: places.batch(each["batch"]) for each in told["registry"]["batches"]}
            _lost(told, say("lost.batch", name=code), code, there)

    def _retirement(code: str) -> None:
        told = report()
        if not retirement.draw(told, code):
            there = {each["retirement"]: places.retirement(each["retirement"]) for each in _retired(told)}
            _lost(told, say("lost.retirement", name=code), code, there)

    def _policy() -> None:
        policy.draw(report())

    def _nowhere(request: Request) -> None:
        _lost(report(), say("lost.address", name=request.url.path), "", {})

    def _json() -> JSONResponse:
        return JSONResponse(report())

    ui.page("/")(_home)
    ui.page("/city/{code}")(_city)
    ui.page("/city/{code}/whatif")(_whatif)
    ui.page("/market")(_market)
    ui.page("/registry")(_registry)
    ui.page("/registry/{code}")(_batch)
    ui.page("/retirement/{code}")(_retirement)
    ui.page("/policy")(_policy)
    app.get("/report.json")(_json)
    if live is not None:
        feed.mount(live)
    return _nowhere


def _retired(report: YearReport) -> list[Retirement]:
    return report["registry"]["retirements"]


def _no_city(report: YearReport, code: str) -> None:
    """The page for a city that the report doesn't have."""
    there = {each["city"]: places.city(each["city"]) for each in report["cities"]}
    there |= {each["name"]: places.city(each["city"]) for each in report["cities"]}
    _lost(report, say("lost.city", name=code), code, there)


def _lost(report: YearReport, why: str, asked: str, there: dict[str, str]) -> None:
    """A page for an address that names nothing in the report: status 404, what may be meant, and where to look.

    asked: the name in the address. there: what the report has of that kind, each with its address.
    """
    ui.context.client.status_code = NOT_FOUND
    known = {name.casefold(): name for name in there}
    near = [known[each] for each in get_close_matches(asked.casefold(), known, n=SUGGESTED, cutoff=0.5)]
    with page(report, say("lost.title"), why, here=""):
        if near:
            meant = "".join(f"<li>{link(name, there[name]).text}</li>" for name in near)
            markup(f"<h2>{escape(say('lost.near'))}</h2><ul>{meant}</ul>")
        ways = "".join(
            f'<li><a href="{address}">{escape(say(f"nav.{key}"))}</a>: {escape(say(f"lost.{key}"))}</li>'
            for address, key in (("/", "home"), ("/market", "market"), ("/registry", "registry"), ("/policy", "policy"))
        )
        markup(f"<h2>{escape(say('lost.ways'))}</h2><ul>{ways}</ul>")
        cities = "".join(f"<li>{link(each['name'], places.city(each['city'])).text}</li>" for each in report["cities"])
        markup(f"<h2>{escape(say('lost.cities'))}</h2><ul>{cities}</ul>")
