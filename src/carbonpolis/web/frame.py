"""What every page has: the bar with pages and theme, one heading, sections, and the foot with the journal's head."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

from nicegui import ui

from carbonpolis.report.year.shape import YearReport
from carbonpolis.web.figures import tag
from carbonpolis.web.tables import swipe
from carbonpolis.web.words import say

LOOK = Path(__file__).with_name("look.css").read_text(encoding="utf-8")
PAGES = {"/": "nav.home", "/market": "nav.market", "/registry": "nav.registry", "/policy": "nav.policy"}
THEMES: dict[str, bool | None] = {"auto": None, "light": False, "dark": True}
ROWS_SHOWN_WHOLE = 40
COOKIE = "carbonpolis-theme"
PLAIN: dict[str, object] = {"aria": {"enabled": False}, "animation": False}


def markup(html: str, tag: str = "div") -> ui.html:
    """HTML that we wrote ourselves, every foreign word in it escaped."""
    return ui.html(html, sanitize=False, tag=tag)


def _themes() -> None:
    """Three buttons; the choice is kept in the browser alone, so nothing is written on this machine."""
    request = ui.context.client.request
    chosen = request.cookies.get(COOKIE, "auto") if request is not None else "auto"
    if chosen not in THEMES:
        chosen = "auto"
    dark = ui.dark_mode(THEMES[chosen])
    buttons: dict[str, ui.html] = {}

    def choose(name: str) -> None:
        dark.value = THEMES[name]
        for other, button in buttons.items():
            button.props(f"aria-pressed={'true' if other == name else 'false'}")
        ui.run_javascript(f"document.cookie = '{COOKIE}={name};path=/;max-age=31536000;samesite=lax'")

    with ui.element("div").classes("themes").props(f'role=group aria-label="{say("theme")}"'):
        for name in THEMES:
            pressed = "true" if name == chosen else "false"
            button = markup(escape(say(f"theme.{name}")), tag="button").props(f"type=button aria-pressed={pressed}")
            buttons[name] = button.on("click", lambda name=name: choose(name))


@contextmanager
def page(report: YearReport, title: str, lead: str, *, here: str) -> Iterator[None]:
    """Draw the frame of a page and leave its middle open. `here` is the address among PAGES that it belongs to."""
    ui.add_css(LOOK)
    ui.page_title(f"{title} · {say('site')}")
    with ui.element("header").classes("top"), ui.element("div").classes("wrap"):
        markup(say("site"), tag="a").classes("brand").props('href="/"')
        with ui.element("nav").props(f'aria-label="{say("nav")}"'):
            for address, key in PAGES.items():
                item = markup(escape(say(key)), tag="a").props(f'href="{address}"')
                if address == here:
                    item.props("aria-current=page")
        _themes()
    with ui.element("div").classes("wrap") as middle:
        markup(escape(title), tag="h1")
        markup(escape(lead), tag="p").classes("lead")
        yield
        audit = report["audit"]
        foot = say(
            "foot", year=report["year"], commits=audit["commits"], postings=audit["postings"], head=audit["head"]
        )
        markup(
            f"<p>{tag(say('assumed'))} {escape(say('assumed.key'))} {escape(say('missing.key'))}</p>"
            f'<p>{escape(foot)} <a href="/report.json">{escape(say("foot.json"))}</a>.</p>',
            tag="footer",
        ).classes("foot")
    ui.skip_link(say("skip"), target=middle)


@contextmanager
def part(title: str) -> Iterator[None]:
    """A section with its heading."""
    with ui.element("section").classes("part"):
        markup(escape(title), tag="h2")
        yield


def chart(options: dict[str, object], alt: str, classes: str = "chart") -> ui.echart:
    """A chart drawn as SVG, so that its colours follow the theme; `alt` is what a screen reader says."""
    drawn = ui.echart({**PLAIN, **options}, renderer="svg").classes(classes)
    drawn.props["role"] = "img"
    drawn.props["aria-label"] = alt
    return drawn


def redraw(drawn: ui.echart, options: dict[str, object], alt: str) -> None:
    """Draw something else in a chart that stays where it is.

    A chart that is taken away before the browser drew it is an error of NiceGUI's (it disposes of what isn't there
    yet), so what a visitor chooses changes a chart and never replaces it.
    """
    drawn.options.clear()
    drawn.options.update({**PLAIN, **options})
    drawn.props["aria-label"] = alt
    drawn.update()


def grid(columns: list[dict[str, Any]], rows: list[dict[str, Any]], label: str, *, opens: bool = True) -> ui.aggrid:
    """A sortable grid; a click on a row opens its `target` when `opens`. Tall grids scroll inside themselves."""
    options: dict[str, Any] = {
        "columnDefs": columns,
        "rowData": rows,
        "defaultColDef": {"resizable": True, "sortable": True, "wrapHeaderText": True, "autoHeaderHeight": True},
        "ensureDomOrder": True,
        "enableBrowserTooltips": True,
        "suppressDragLeaveHidesColumns": True,
        "autoSizeStrategy": {"type": "fitGridWidth", "defaultMinWidth": 84},
    }
    few = len(rows) <= ROWS_SHOWN_WHOLE
    if few:
        options["domLayout"] = "autoHeight"
    if opens:
        options[":onRowClicked"] = "e => { if (e.data.target) window.location.href = e.data.target; }"
    made = ui.aggrid(options, auto_size_columns=False).classes("grid" if opens else "grid still")
    made.style("height: auto" if few else "height: 560px")
    made.props["role"] = "region"
    made.props["aria-label"] = label
    markup(swipe())
    return made


def search(label: str, grid: ui.aggrid) -> None:
    """A box that narrows `grid` to the rows that contain what is typed."""
    with ui.element("label").classes("find"):
        markup(escape(label), tag="span")
        box = ui.element("input").props("type=search autocomplete=off")
    box.on(
        "input",
        js_handler=f"e => getElement({grid.id}).api.setGridOption('quickFilterText', e.target.value)",
    )


def pick(label: str, choices: dict[str, str], first: str, chosen: Callable[[str], None]) -> None:
    """A list to choose one from, at `first` to begin with; `chosen` gets the key of each choice."""
    options = "".join(
        f'<option value="{escape(key)}"{" selected" if key == first else ""}>{escape(text)}</option>'
        for key, text in choices.items()
    )
    with ui.element("label").classes("pick"):
        markup(escape(label), tag="span")
        box = markup(options, tag="select")
    box.on("change", lambda event: chosen(event.args), js_handler="e => emit(e.target.value)")
