"""The registry: projects and their moves, batches and where their units are, the path from plot to purpose."""

from __future__ import annotations

from html import escape
from typing import Any

from nicegui import ui

from carbonpolis.report.year.columns import PROJECTS, UNITS
from carbonpolis.report.year.shape import Batch, Project, Step, YearReport
from carbonpolis.web import figures, places
from carbonpolis.web.frame import grid, markup, page, part, search
from carbonpolis.web.tables import Html, figures_table, grid_column, grid_figures, grid_row, link, rows_table
from carbonpolis.web.words import name, say


def draw(report: YearReport) -> None:
    """The registry page of the report."""
    title = say("registry.title", year=report["year"])
    with page(report, title, say("registry.lead"), here="/registry"):
        with part(say("registry.batches")):
            _batches(report)
        with part(say("registry.projects")):
            _projects(report)
        with part(say("registry.retirements")):
            _retirements(report)


def draw_batch(report: YearReport, code: str) -> bool:
    """The page of the batch `code`; False when the registry has none such, and nothing was drawn."""
    batch = next((batch for batch in report["registry"]["batches"] if batch["batch"] == code), None)
    if batch is None:
        return False
    lead = say("batch.lead", serials=batch["serials"], vintage=batch["vintage"], project=batch["project"])
    with page(report, say("batch.title", batch=batch["batch"]), lead, here="/registry"):
        with part(say("batch.units")):
            headings = say("registry.state"), say("amount")
            markup(figures_table(say("batch.units"), UNITS.values(), batch, headings, hide=True))
        with part(say("batch.path")):
            markup(_timeline(batch), tag="ol").classes("timeline")
        project = next((p for p in report["registry"]["projects"] if p["project"] == batch["project"]), None)
        if project is not None:
            with part(say("registry.project")):
                _project_table([project], _names(report))
    return True


def _names(report: YearReport) -> dict[str, str]:
    return {city["city"]: city["name"] for city in report["cities"]}


def _price(step: Step) -> str:
    """What a sale cost, after its amount; nothing for other steps."""
    price = step.get("price")
    if price is None:
        return ""
    return f" {escape(say('batch.price'))} {figures.cell(price, say('assumed'), with_unit=True)}"


def _timeline(batch: Batch) -> str:
    """The steps of a batch, first to last."""
    return "".join(
        f'<li><span class="when">{escape(step["at"])}</span><br><strong>{escape(name(step["step"]))}</strong>: '
        f"{escape(say('batch.step', what=step['what'], who=step['who']))}<br>"
        f'<span class="amount">{figures.cell(step["amount"], say("assumed"), with_unit=True)}{_price(step)}</span></li>'
        for step in batch["path"]
    )


def _batches(report: YearReport) -> None:
    batches = report["registry"]["batches"]
    if not batches:
        markup(escape(say("none")), tag="p").classes("quiet")
        return
    projects = {project["project"]: project for project in report["registry"]["projects"]}
    names, rows = _names(report), []
    held = {field: [column.of(batch) for batch in batches] for field, column in UNITS.items()}
    for batch in batches:
        project = projects.get(batch["project"])
        plain: dict[str, Any] = {
            "batch": batch["batch"],
            "batch_html": link(batch["batch"], places.batch(batch["batch"])).text,
            "project": project["name"] if project else batch["project"],
            "city": names.get(project["city"], project["city"]) if project else figures.MISSING,
            "vintage": batch["vintage"],
            "target": places.batch(batch["batch"]),
        }
        rows.append(grid_row(plain, {field: column.of(batch) for field, column in UNITS.items()}))
    columns = [
        grid_column("batch", say("registry.batch"), html=True, width=254, minWidth=254, tooltipField="batch"),
        grid_column("project", say("registry.project"), width=165, minWidth=140, tooltipField="project"),
        grid_column("city", say("city"), width=100, minWidth=90, tooltipField="city"),
        grid_column("vintage", say("registry.vintage"), width=76, minWidth=76, type="rightAligned"),
        *grid_figures({field: column.heading for field, column in UNITS.items()}, held, width=104, minWidth=102),
    ]
    search_at = ui.element("div")
    made = grid(columns, rows, say("registry.batches.table"))
    with search_at:
        search(say("registry.search"), made)
    markup(escape(say("registry.batches.hint")), tag="p").classes("quiet")


def _assumed(project: Project) -> str:
    """A mark where it is assumed that the land is a project, and whose."""
    return f" {figures.tag(say('assumed'))}" if project["status"] == "assumed" else ""


def _moves(project: Project) -> Html:
    """A project's way through its lifecycle, folded away."""
    steps = "".join(
        f"<li>{escape(say('registry.move', at=m['at'], verb=m['verb'], by=m['by'], to=m['to']))}</li>"
        for m in project["moves"]
    )
    count = len(project["moves"])
    return Html(
        f"<details><summary>{count} {escape(say('registry.moves').lower())}</summary><ol>{steps}</ol></details>"
    )


def _project_table(projects: list[Project], names: dict[str, str]) -> None:
    rows = [
        {
            **project,
            "city": names.get(project["city"], project["city"]),
            "owner": Html(escape(project["owner"]) + _assumed(project)),
            "moves": _moves(project),
        }
        for project in projects
    ]
    markup(rows_table(say("registry.projects.table"), PROJECTS, rows))


def _projects(report: YearReport) -> None:
    _project_table(report["registry"]["projects"], _names(report))


def _retirements(report: YearReport) -> None:
    retirements = report["registry"]["retirements"]
    if not retirements:
        markup(escape(say("none")), tag="p").classes("quiet")
        return
    rows = [
        grid_row(
            {
                "retirement": item["retirement"],
                "retirement_html": link(item["retirement"], places.retirement(item["retirement"])).text,
                "beneficiary": item["beneficiary"],
                "purpose": name(item["purpose"]),
                "period": item["period"],
                "serials": "; ".join(item["serials"]),
            },
            {"amount": item["amount"]},
        )
        for item in retirements
    ]
    columns = [
        grid_column("retirement", say("registry.retirement"), html=True, width=300, minWidth=290),
        grid_column("beneficiary", say("registry.beneficiary"), width=190, tooltipField="beneficiary"),
        grid_column("purpose", say("registry.purpose"), width=105),
        grid_column("period", say("registry.period"), width=90),
        *grid_figures({"amount": say("amount")}, {"amount": [item["amount"] for item in retirements]}, width=110),
        grid_column("serials", say("registry.serials"), width=280, tooltipField="serials"),
    ]
    grid(columns, rows, say("registry.retirements"), opens=False)
