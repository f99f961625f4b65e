"""Loading a person's files: checked whole, then recorded whole; the same file twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pandas as pd

from carbonpolis.errors import BadInput, CarbonpolisError, Fault
from carbonpolis.ledger import Decision
from carbonpolis.measure import emissions, sinks
from carbonpolis.period import year_start
from carbonpolis.platform.files import read_rows
from carbonpolis.platform.orders import Orders
from carbonpolis.platform.people import People
from carbonpolis.platform.projects import Projects, measured
from carbonpolis.platform.readings import ReadingsDesk
from carbonpolis.platform.templates import SINK_CLASSES, parse
from carbonpolis.platform.work import Work
from carbonpolis.registry.party import Accreditation, City, Party, Role
from carbonpolis.registry.project import SinkProject

_BEGUN, _LOADED = "sample/begun", "sample/loaded"
SAMPLE_KINDS = ("cities", "accounts", "projects", "activities", "readings")
Cells = dict[str, Any]


class Loading:
    """Takes files of every kind in."""

    def __init__(self, work: Work, people: People, projects: Projects, readings: ReadingsDesk, orders: Orders) -> None:
        self._work, self._people, self._projects, self._readings, self._orders = (
            work,
            people,
            projects,
            readings,
            orders,
        )

    def is_empty(self) -> bool:
        """True when no city was ever loaded."""
        return not self._work.state.all(City)

    def sample_begun(self) -> bool:
        """True when loading the sample was begun and interrupted."""
        return self._work.done(_BEGUN) is not None and self._work.done(_LOADED) is None

    def sample(self, tell: Callable[[str, int, int], None] = lambda what, done, of: None) -> None:
        """Load the packaged sample, kind by kind; each goes in whole, so an interrupted load goes on where it was."""
        self._work.do(_BEGUN, "load sample", "operator", lambda _: Decision())
        for done, kind in enumerate(SAMPLE_KINDS, start=1):
            with as_file(files("carbonpolis.data").joinpath(f"sample/{kind}.csv")) as path:
                self.load(kind, path)
            tell("Loading the sample", done, len(SAMPLE_KINDS))
        self._work.do(_LOADED, "load sample", "operator", lambda _: Decision())

    def load(self, kind: str, path: Path) -> str:
        """Load one file and say what was taken in. Raises BadInput with every fault; then nothing was changed."""
        rows = read_rows(path)
        cells, faults = parse(kind, rows.header, rows.rows, rows.file)
        if not faults:
            faults = list(_CHECKS[kind](self._work, cells, rows.file))
        if faults:
            raise BadInput(faults, rows=len(rows.rows))
        key = f"load/{kind}/{rows.sha256}"
        if self._work.done(f"{key}/done") is not None:
            return f"{rows.file}: was loaded before; nothing changed."
        count = _TAKERS[kind](self, cells, key)
        return f"{rows.file}: {count}."

    def _cities(self, cells: list[Cells], key: str) -> str:
        things: list[City | Party] = []
        for c in cells:
            fields = {name: c[name] for name in c if name not in {"row", "city"}}
            fields["population"] = int(fields["population"])
            things.append(City(id=c["city"], **fields))
            office = Party(c["city"], c["city"], c["name"], Role.CITY, "", "", c["source"], assumed=False)
            things.append(office)
        self._people.register(tuple(things), key=f"{key}/done")
        return f"{len(cells)} cities"

    def _accounts(self, cells: list[Cells], key: str) -> str:
        parties: dict[str, Party] = {}
        for c in cells:
            accredited = _accreditations(c) if c["role"] == "verifier" else ()
            parties[c["account"]] = Party(
                c["account"],
                c["city"],
                c["name"],
                Role(c["role"]),
                c["sector"],
                c["gpc_ref"],
                c["source"],
                assumed="assumed" in c["source"].lower(),
                accreditations=accredited,
            )
        verified = [c for c in cells if c["verified_emissions_t"] is not None]
        rows = [
            _reading(c, c["account"], "verified_emissions", c["verified_emissions_t"], "t CO2e/year", "reported")
            for c in verified
        ]
        with self._work.together():
            if rows:
                self._readings.append(pd.DataFrame(rows), key=f"{key}/readings")
            self._people.register(tuple(parties.values()), key=f"{key}/done")
        return f"{len(parties)} accounts, {len(verified)} verified yearly emissions"

    def _activities(self, cells: list[Cells], key: str) -> str:
        seen: dict[tuple[object, ...], int] = {}
        rows = []
        for c in cells:
            same = (c["city"], c["year"], c["gpc_ref"], c["activity"], c["unit"], c["place"], c["method"])
            seen[same] = seen.get(same, 0) + 1
            note = c["amount"] if isinstance(c["amount"], str) else None
            stream = f"activity/{c['gpc_ref']}/{c['activity']}{_aside(c)}"
            # Lines of the same reference add up, so the second of two equal ones is a site of its own.
            site = f"line {seen[same]}" if seen[same] > 1 else ""
            value = float("nan") if note else c["amount"]
            row = _reading(c, site, stream, value, c["unit"], c["quality"])
            rows.append({**row, "sd": c["amount_sd"], "source": f"{note}: {c['source']}" if note else c["source"]})
        with self._work.together():
            self._readings.append(pd.DataFrame(rows), key=f"{key}/readings")
            self._work.do(f"{key}/done", "load activities", "operator", lambda _: Decision())
        return f"{len(rows)} activities"

    def _take_readings(self, cells: list[Cells], key: str) -> str:
        rows = [
            {**_reading(c, "", c["stream"], c["value"], c["unit"], c["quality"]), "sd": c["sd"], "time": c["time"]}
            for c in cells
        ]
        with self._work.together():
            self._readings.append(pd.DataFrame(rows), key=f"{key}/readings")
            self._work.do(f"{key}/done", "load readings", "operator", lambda _: Decision())
        return f"{len(rows)} readings"

    def _take_projects(self, cells: list[Cells], key: str) -> str:
        with self._work.together():
            for c in cells:
                fields = {name: c[name] for name in c if name not in {"row", "inputs", "status"}}
                inputs, status = c["inputs"] or {}, c["status"] or "assumed"
                at = date(c["start_year"], 1, 1)
                self._projects.propose(**fields, inputs=inputs, status=status, at=at, key=f"{key}/{c['project']}")
            self._work.do(f"{key}/done", "load projects", "operator", lambda _: Decision())
        return f"{len(cells)} projects"

    def _take_orders(self, cells: list[Cells], key: str) -> str:
        with self._work.together():
            for c in cells:
                fields = {name: c[name] for name in ("city", "owner", "side", "lots", "price", "tif")}
                self._orders.place(**fields, key=f"{key}/{c['row']}")
            self._work.do(f"{key}/done", "load orders", "operator", lambda _: Decision())
        return f"{len(cells)} orders, reserved in the ledger"


def _reading(c: Cells, site: str, stream: str, value: float, unit: str, quality: str) -> dict[str, Any]:
    time: datetime = year_start(c["year"]) if c.get("year") else datetime(2020, 1, 1, tzinfo=UTC)
    return {
        "city": c["city"],
        "site": site,
        "stream": stream,
        "time": time,
        "value": value,
        "sd": None,
        "unit": unit,
        "quality": quality,
        "source": c["source"],
    }


def _accreditations(c: Cells) -> tuple[Accreditation, ...]:
    named = tuple(name.strip() for name in c["sector"].split(";") if name.strip() in SINK_CLASSES)
    return (Accreditation(named or SINK_CLASSES, "1990-01-01", "2101-01-01"),)


def _known_cities(work: Work, cells: list[Cells], file: str) -> Iterable[Fault]:
    known = {city.id for city in work.state.all(City)}
    for c in cells:
        if c["city"] not in known:
            expected = f"a city that is loaded ({', '.join(sorted(known)[:6])}{' ...' if len(known) > 6 else ''})"
            yield Fault(file, c["row"], "city", c["city"], expected, "`carbonpolis load cities FILE` first.")


def _check_cities(_work: Work, cells: list[Cells], file: str) -> Iterable[Fault]:
    yield from _once(cells, "city", file)
    zones = sinks.ecological_zones()
    for c in cells:
        if c["ecological_zone"] not in zones:
            expected = f"one of {', '.join(zones)}"
            yield Fault(file, c["row"], "ecological_zone", c["ecological_zone"], expected)
        if c["country"] != c["city"][:2]:
            yield Fault(file, c["row"], "country", c["country"], f"{c['city'][:2]}, as in the city's code")


def _check_accounts(work: Work, cells: list[Cells], file: str) -> Iterable[Fault]:
    yield from _known_cities(work, cells, file)
    first: dict[str, Cells] = {}
    years: set[tuple[str, int]] = set()
    for c in cells:
        before = first.setdefault(c["account"], c)
        for name in ("city", "role", "name"):
            if before[name] != c[name]:
                expected = f"{before[name]!r}, as in row {before['row']}"
                yield Fault(file, c["row"], name, c[name], expected, "One account has one name, home and role.")
        if c["verified_emissions_t"] is not None and c["year"] is None:
            yield Fault(file, c["row"], "year", "", "the year of the verified emissions", "Fill it in.")
        if c["year"] is not None:
            if (c["account"], c["year"]) in years:
                yield Fault(file, c["row"], "year", str(c["year"]), "one row an account and year", "Take one out.")
            years.add((c["account"], c["year"]))
        if c["role"] == "emitter" and c["gpc_ref"] and c["gpc_ref"] not in emissions.references():
            yield Fault(file, c["row"], "gpc_ref", c["gpc_ref"], "a GPC reference such as I.3.1 or IV.1")


def _aside(cells: Cells) -> str:
    """What tells two streams of one activity apart: the place of its factors, the method of scope 2."""
    return f"|{cells['place']}|{cells['method']}" if cells["place"] or cells["method"] else ""


def _check_activities(work: Work, cells: list[Cells], file: str) -> Iterable[Fault]:
    yield from _known_cities(work, cells, file)
    yield from emissions.faults(pd.DataFrame(cells), file=file)


def _check_projects(work: Work, cells: list[Cells], file: str) -> Iterable[Fault]:
    unknown = list(_known_cities(work, cells, file))
    yield from unknown
    yield from _once(cells, "project", file)
    owners = {party.id for party in work.state.all(Party)}
    for c in cells:
        if work.state.find(SinkProject, c["project"]) is not None:
            yield Fault(file, c["row"], "project", c["project"], "a new id; this project is registered already")
        if c["owner"] not in owners:
            remedy = "`carbonpolis load accounts FILE` first, with this owner in it."
            yield Fault(file, c["row"], "owner", c["owner"], "an account that is loaded", remedy)
        if c["model"] not in sinks.models():
            yield Fault(file, c["row"], "model", c["model"], f"one of {', '.join(sinks.models())}")
        elif not unknown:
            yield from _model_faults(work, c, file)


def _model_faults(work: Work, c: Cells, file: str) -> Iterable[Fault]:
    fields = {name: c[name] for name in c if name not in {"row", "project", "inputs", "status"}}
    trial = SinkProject(id=c["project"], inputs=c["inputs"] or {}, status=c["status"] or "assumed", **fields)
    if sinks.model(c["model"]).sink_class != c["sink_class"]:
        expected = f"{sinks.model(c['model']).sink_class}, the class that model {c['model']} measures"
        yield Fault(file, c["row"], "sink_class", c["sink_class"], expected)
    try:
        measured(work.state, trial)
    except (ValueError, TypeError, CarbonpolisError) as problem:
        yield Fault(file, c["row"], "inputs", str(c["inputs"] or ""), str(problem))


def _check_orders(work: Work, cells: list[Cells], file: str) -> Iterable[Fault]:
    yield from _known_cities(work, cells, file)
    owners = {party.id for party in work.state.all(Party)}
    for c in cells:
        if c["owner"] not in owners:
            yield Fault(file, c["row"], "owner", c["owner"], "an account that is loaded")


def _once(cells: list[Cells], column: str, file: str) -> Iterable[Fault]:
    first: dict[str, int] = {}
    for c in cells:
        before = first.setdefault(c[column], c["row"])
        if before != c["row"]:
            yield Fault(file, c["row"], column, c[column], f"each {column} once; it stands in row {before} already")


Check = Callable[[Work, list[Cells], str], Iterable[Fault]]
_CHECKS: dict[str, Check] = {
    "cities": _check_cities,
    "accounts": _check_accounts,
    "activities": _check_activities,
    "projects": _check_projects,
    "readings": _known_cities,
    "orders": _check_orders,
}
_TAKERS: dict[str, Callable[[Loading, list[Cells], str], str]] = {
    "cities": Loading._cities,
    "accounts": Loading._accounts,
    "activities": Loading._activities,
    "projects": Loading._take_projects,
    "readings": Loading._take_readings,
    "orders": Loading._take_orders,
}
