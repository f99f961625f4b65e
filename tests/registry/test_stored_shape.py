"""Every entity survives the store: to plain values, to JSON and back, unchanged; and older journals still decode."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from datetime import date

import msgspec
import pytest

from carbonpolis.ledger import Account, Purpose
from carbonpolis.registry import (
    Adjustment,
    Batch,
    City,
    Evidence,
    Finding,
    HarvestPlan,
    LossEvent,
    MonitoringReport,
    Opinion,
    Planned,
    RiskAssessment,
    SinkProject,
    Stratum,
    Transit,
    attach,
    cancel_units,
    holdings,
    retire,
)
from carbonpolis.registry.buffer import BufferEntry
from carbonpolis.store.entities import KINDS, decode

# As written before boundaries, findings, approvals and rule books were recorded.
OLD = {
    "project": (
        '{"id":"P","city":"US-MSP","name":"Wood","sink_class":"forest","model":"forest_gain_loss","owner":"S",'
        '"start_year":2010,"area_ha":1.0,"inputs":{},"longevity_years":40,"status":"assumed","source":"s",'
        '"state":"registered","history":[{"at":"2019-11-01","verb":"propose","by":"S","to":"draft"}],"settled_through":0}'
    ),
    "monitoring_report": (
        '{"id":"MR-P-2019-1","city":"US-MSP","project":"P","year":2019,"removal_t":1.0,"sd_t":0.1,"leakage_t":0.0,'
        '"model":"m","source":"s"}'
    ),
    "opinion": (
        '{"id":"VO-P-2019-1","city":"US-MSP","project":"P","report":"MR-P-2019-1","verifier":"V","opinion":"positive",'
        '"at":"2020-01-15"}'
    ),
    "batch": (
        '{"id":"CP-US-MSP-000001-FOR-2019","city":"US-MSP","project":"P","owner":"S","sink_class":"forest",'
        '"vintage":2019,"issued_kg":1000,"buffer_kg":200,"arithmetic":["a"]}'
    ),
    "retirement": (
        '{"id":"R","city":"US-MSP","holder":"E","beneficiary":"E","purpose":"obligation","period":"2020-01",'
        '"at":"2020-02-01","kg":5,"parts":[["CP-US-MSP-000001-FOR-2019",5]]}'
    ),
}


def events(forest) -> list[object]:
    report, opinion, project = forest.verified(
        strata=(Stratum("old", 60.0, 600.0, 30.0), Stratum("young", 60.0, 400.0, 20.0)),
        evidence=(Evidence("plot", "plot-7", 23.5, "m3/ha", "2020-09-01", "field crew"),),
    )
    made, batch, issued = forest.issued().events
    balances = {Account("US-MSP", "mill", batch.id, Purpose.AVAILABLE): 5}
    held = holdings(balances, "US-MSP", "mill")
    named = {"beneficiary": "Mill", "purpose": "test", "period": "2020", "at": date(2020, 4, 1)}
    (record,) = retire("US-MSP", "mill", 3, held, id="R", **named).events
    (gone,) = cancel_units("US-MSP", "mill", 1, held, id="C", reason="test", at=date(2020, 4, 1)).events
    (document,) = attach(project, b"deed", name="deed", kind="title", by=forest.owner, at=date(2021, 3, 1)).events
    cities = [
        City("US-MSP", "Minneapolis", "US", 44.98, -93.27, 429_606, 2020, 139.8, gdp, None, "zone", "Census")
        for gdp in (None, 1.5)
    ]
    move = project.history[0]
    finding = Finding(1, "surveyor", "2021-03-01", "why?", "so", "2021-03-02")
    asked = MonitoringReport("MR", "US-MSP", "P", 2020, 1.0, 0.1, 0.0, "m", "s", findings=(finding,), history=(move,))
    risk = RiskAssessment(
        "RA",
        "US-MSP",
        "P",
        "",
        "vcs",
        "4.2",
        "2021-01-01",
        "S",
        (("a", "1"),),
        (("fire", 1.0),),
        ("l",),
        (),
        12.0,
        1200,
    )
    plan = HarvestPlan("P", "US-MSP", 12, 48, (1.0,), (0.0,), 1000, ("l",), "2021-01-01")
    entry = BufferEntry("BE", "US-MSP", "P", "hold", 5, 5, "LE", "2021-01-01", ("l",))
    loss = LossEvent("LE", "US-MSP", "P", "S", "2021-01-01", "fire", "reported", "a", "b", history=(move,))
    transit = Transit("T", "US-MSP", "S", "out", "verra", "locked", 1000, (("B", 1000),), history=(move,))
    adjustment = Adjustment("B", "US-MSP", "committed", "pending", "CH", "LoA 1", 1000, (move,))
    registry = [project, issued, report, opinion, made, batch, record, gone, document, asked]
    planned = Planned("ex-ante/planned/P/2022", "US-MSP", "P", "S", "US-MSP", 2022, 100, 20, "D-P-1", "2021-01-01")
    last = [risk, plan, entry, loss, transit, adjustment, planned]
    return [*cities, forest.verifier, forest.owner, *registry, *last]


@pytest.mark.parametrize("number", range(21))
def test_an_entity_comes_back_from_json_as_it_was(forest, number):
    event = events(forest)[number]
    plain = msgspec.to_builtins(event)
    assert msgspec.convert(json.loads(json.dumps(plain)), type(event)) == event
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
    assert isinstance(event.id, str)
    assert isinstance(event.city, str)


def test_every_kind_of_the_registry_is_tried_above(forest):
    of_registry = {kind for kind in KINDS.values() if kind.__module__.startswith("carbonpolis.registry.")}
    assert {type(event) for event in events(forest)} == of_registry


@pytest.mark.parametrize("kind", OLD)
def test_what_an_older_journal_holds_is_still_read(kind):
    thing = decode(kind, OLD[kind])
    for field in fields(thing):
        if field.name not in json.loads(OLD[kind]):
            assert field.default is not MISSING, field.name
    assert thing.id == json.loads(OLD[kind])["id"]


def test_what_an_older_journal_holds_means_what_it_meant():
    project, report = decode("project", OLD["project"]), decode("monitoring_report", OLD["monitoring_report"])
    opinion, batch = decode("opinion", OLD["opinion"]), decode("batch", OLD["batch"])
    assert isinstance(project, SinkProject)
    assert (project.rule_book, project.boundary, project.last_year) == ("default", "", 2049)
    assert (report.net_t, report.state) == (1.0, "submitted")
    assert isinstance(opinion, Opinion)
    assert opinion.state == "given"
    assert isinstance(batch, Batch)
    assert (batch.replenish_kg, batch.foreign_serial) == (0, "")
