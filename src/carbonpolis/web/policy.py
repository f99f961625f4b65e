"""One before-and-after example: what happened, what would have happened, and how sure that is."""

from __future__ import annotations

from html import escape

from carbonpolis.report.year.columns import POLICY_PATH
from carbonpolis.report.year.shape import Quantity, YearReport
from carbonpolis.web import charts, figures
from carbonpolis.web.frame import chart, markup, page, part
from carbonpolis.web.tables import Cell, Html, rows_table, table
from carbonpolis.web.words import say


def draw(report: YearReport) -> None:
    """The policy page of the report."""
    policy = report["policy"]
    lead = say("policy.lead", name=policy["name"], what=policy["what"])
    with page(report, say("policy.title"), lead, here="/policy"):
        with part(say("policy.chart")):
            chart(charts.policy(policy), say("policy.chart.alt", start=f"{policy['start']:g}"))
            markup(escape(say("policy.method", method=policy["method"])), tag="p").classes("quiet")
            markup(escape(f"{say('source')}: {policy['source']}"), tag="p").classes("quiet")
        with part(say("policy.effect")):
            _effect(report)
        with part(say("policy.weights")):
            _weights(report)
        with part(say("policy.path")):
            _path(report)


def _effect(report: YearReport) -> None:
    policy = report["policy"]
    low, high = policy["interval"]
    p_value: Quantity = {"value": policy["p_value"], "unit": ""}
    interval = say(
        "balance.interval",
        low=figures.number(low["value"], low["unit"]),
        high=figures.number(high["value"], high["unit"]),
    )
    unit = f' <span class="unit">{escape(low["unit"])}</span>' if low["unit"] else ""
    rows: list[list[Cell]] = [
        [say("policy.att"), policy["att"]],
        [say("policy.interval", level=f"{100 * policy['level']:.0f}"), Html(escape(interval) + unit)],
        [say("policy.p"), p_value],
        [say("policy.rmse"), policy["pre_fit_rmse"]],
    ]
    markup(table(policy["name"], [say("city.measure"), say("city.figure")], rows))


def _weights(report: YearReport) -> None:
    weights = report["policy"]["weights"]
    if not weights:
        markup(escape(say("policy.none")), tag="p").classes("quiet")
        return
    rows: list[list[Cell]] = [
        [donor, {"value": weight, "unit": ""}] for donor, weight in sorted(weights.items(), key=lambda item: -item[1])
    ]
    markup(table(say("policy.weights"), [say("policy.donor"), say("policy.weight")], rows, hide_caption=True))


def _path(report: YearReport) -> None:
    policy = report["policy"]
    unit = policy["unit"]
    rows = [
        {"time": f"{point['time']:g}"}
        | {name: {"value": value, "unit": unit} for name, value in point.items() if name != "time"}
        for point in policy["path"]
    ]
    markup(
        f"<details><summary>{escape(say('policy.path.show'))}</summary>"
        + rows_table(say("policy.path"), POLICY_PATH, rows, hide_caption=True)
        + "</details>"
    )
