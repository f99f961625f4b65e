"""The public page of a retirement: who used which units for what, with the way of each to its plot of land."""

from __future__ import annotations

from html import escape

from carbonpolis.report.year.shape import YearReport
from carbonpolis.web import places
from carbonpolis.web.frame import markup, page, part
from carbonpolis.web.tables import Cell, Html, link, table
from carbonpolis.web.words import name, say

ANYWHERE = '<span style="overflow-wrap: anywhere">'  # serials are longer than a phone is wide


def draw(report: YearReport, code: str) -> bool:
    """The page of the retirement `code`; False when the registry has none such, and nothing was drawn."""
    found = next((each for each in report["registry"]["retirements"] if each["retirement"] == code), None)
    if found is None:
        return False
    lead = say("retirement.lead", beneficiary=found["beneficiary"], purpose=name(found["purpose"]))
    with page(report, say("retirement.title", retirement=code), lead, here="/registry"):
        with part(say("registry.retirement")):
            rows: list[list[Cell]] = [
                [say("amount"), found["amount"]],
                [say("registry.beneficiary"), found["beneficiary"]],
                [say("registry.purpose"), name(found["purpose"])],
                [say("registry.period"), found["period"]],
            ]
            markup(table(say("registry.retirement"), ["", ""], rows, hide_caption=True))
        with part(say("retirement.units")):
            known = [batch["batch"] for batch in report["registry"]["batches"]]
            units: list[list[Cell]] = []
            for serials in found["serials"]:
                batch = next((each for each in known if serials.startswith(each)), "")
                way = link(batch, places.batch(batch))
                units.append([Html(f"{ANYWHERE}{escape(serials)}</span>"), Html(f"{ANYWHERE}{way.text}</span>")])
            headings = [say("registry.serials"), say("batch.path")]
            markup(table(say("retirement.units"), headings, units, hide_caption=True))
        audit = report["audit"]
        proof = say("retirement.proof", commits=f"{audit['commits']:,}", head=audit["head"])
        markup(escape(proof), tag="p").classes("quiet").style("overflow-wrap: anywhere")
    return True
