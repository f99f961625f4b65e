"""Loading a person's files: checked whole, then recorded whole; the same file twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pandas as pd

from carbonpolis.errors import BadInput, Fault, Refused
from carbonpolis.ledger import Decision
from carbonpolis.period import year_start
from carbonpolis.platform.intake.boundaries import read_lands
from carbonpolis.platform.intake.checks import CHECKS, Cells
from carbonpolis.platform.intake.decimals import with_points
from carbonpolis.platform.intake.files import no_rows, read_rows
from carbonpolis.platform.intake.plausible import (
    alone_below_zero,
    amount,
    beside_neighbours,
    odd_cities,
    told,
    value,
    verified,
)
from carbonpolis.platform.intake.templates import SINK_CLASSES, columns_of, parse
from carbonpolis.platform.market.auction_orders import Orders
from carbonpolis.platform.measure.readings import EVERYWHERE, WITHDRAWN, ReadingsDesk
from carbonpolis.platform.parties import Parties
from carbonpolis.platform.registry.projects import Projects
from carbonpolis.platform.work import Work
from carbonpolis.registry.party import Accreditation, City, Party, Role
from carbonpolis.store.readings import FileLoad

_BEGUN, _LOADED = "sample/begun", "sample/loaded"
SAMPLE_KINDS = ("cities", "accounts", "projects", "activities", "readings")


class Loading:
    """Takes files of every kind in."""

    def __init__(self, work: Work, people: Parties, projects: Projects, readings: ReadingsDesk, orders: Orders) -> None:
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
        rows, unclear = with_points(read_rows(path, bare=True), columns_of(kind))
        if unclear:
            raise BadInput(unclear, rows=len(rows.rows))
        cells, faults = parse(kind, rows.header, rows.rows, rows.file)
        if not rows.rows:
            raise BadInput([*faults, no_rows(rows.file, rows.header)])
        last = self._work.state.find(FileLoad, kind)
        if last is not None and last.sha256 == rows.sha256:
            return f"{rows.file}: was loaded before; nothing changed."
        if kind == "projects":
            faults = [*faults, *read_lands(self._work.state, cells, path.parent, rows.file)]
        faults = sorted([*faults, *CHECKS[kind](self._work, cells, rows.file)], key=lambda fault: fault.row)
        if faults:
            raise BadInput(faults, rows=len(rows.rows))
        # The number lets a file come back after another one replaced what it said.
        number = 1 if last is None else last.number + 1
        key = f"load/{kind}/{number}/{rows.sha256}"
        notes = self._odd(kind, cells)  # beside what was there before these rows
        count = self._take(kind, cells, key, FileLoad(kind, EVERYWHERE, rows.sha256, number))
        return f"{rows.file}: {count}.{told(notes)}"

    def _odd(self, kind: str, cells: list[Cells]) -> list[str]:
        """What is odd about rows that nothing refuses."""
        if kind == "cities":
            return odd_cities(cells)
        if kind == "accounts":
            mine = [verified(c) for c in cells if c["verified_emissions_t"] is not None]
            return beside_neighbours(mine)
        if kind == "activities":
            persons = {city.id: float(city.population) for city in self._work.state.all(City)}
            amounts = [amount(c, persons) for c in cells if not isinstance(c["amount"], str)]
            stored = self._readings.activities()
            stored = stored[stored["amount"].map(lambda value: isinstance(value, float))]
            return beside_neighbours(
                amounts, [amount(c, persons) for c in stored.assign(row=0).to_dict(orient="records")]
            )
        if kind == "readings":
            values = [value(c) for c in cells]
            return [*beside_neighbours(values), *alone_below_zero(values)]
        return []

    def _take(self, kind: str, cells: list[Cells], key: str, load: FileLoad) -> str:
        """Take checked rows in, whole: what a rule still refuses is told with its row, and nothing is kept."""
        self._row = 0
        try:
            with self._work.together():
                count = _TAKERS[kind](self, cells, key)
                self._work.do(f"{key}/done", f"load {kind}", "operator", lambda _: Decision(events=(load,)))
        except (Refused, ValueError) as problem:
            raise BadInput([Fault(kind, self._row, "row", "what the rules refuse", str(problem))]) from None
        return count

    def _cities(self, cells: list[Cells], key: str) -> str:
        things: list[City | Party] = []
        for c in cells:
            fields = {name: c[name] for name in c if name not in {"row", "city"}}
            fields["population"] = int(fields["population"])
            things.append(City(id=c["city"], **fields))
            office = Party(c["city"], c["city"], c["name"], Role.CITY, "", "", c["source"], assumed=False)
            things.append(office)
        self._people.register(tuple(things), key=f"{key}/register")
        return _count(len(cells), "city", "cities")

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
        if rows:
            self._readings.append(pd.DataFrame(rows), key=f"{key}/readings")
        self._people.register(tuple(parties.values()), key=f"{key}/register")
        return f"{_count(len(parties), 'account')}, {len(verified)} verified yearly emissions"

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
        count = len(rows)
        self._readings.append(pd.DataFrame(rows + self._replaced(rows)), key=f"{key}/readings")
        return _count(count, "activity", "activities")

    def _replaced(self, rows: list[Cells]) -> list[Cells]:
        """Lines stored before that a file no longer gives: a correction replaces them all, so these are withdrawn."""
        lines = {(row["city"], row["stream"], row["time"], row["unit"], row["site"]) for row in rows}
        streams = {line[:4] for line in lines}
        stored = self._readings.select("activity/%")
        found = []
        for row in stored.to_dict("records"):
            line = (row["city"], row["stream"], row["time"].to_pydatetime(), row["unit"], row["site"])
            if line[:4] in streams and line not in lines and row["quality"] != WITHDRAWN:
                found.append({**{name: row[name] for name in rows[0]}, "value": float("nan"), "quality": WITHDRAWN})
        return found

    def _take_readings(self, cells: list[Cells], key: str) -> str:
        rows = [
            {**_reading(c, "", c["stream"], c["value"], c["unit"], c["quality"]), "sd": c["sd"], "time": c["time"]}
            for c in cells
        ]
        self._readings.append(pd.DataFrame(rows), key=f"{key}/readings")
        return _count(len(rows), "reading")

    def _take_projects(self, cells: list[Cells], key: str) -> str:
        for c in cells:
            self._row = c["row"]
            fields = {name: c[name] for name in c if name not in {"row", "inputs", "status", "boundary", "land"}}
            inputs, status = c["inputs"] or {}, c["status"] or "assumed"
            at, land = date(c["start_year"], 1, 1), c["land"]
            self._projects.propose(
                **fields,
                inputs=inputs,
                status=status,
                boundary=land,
                at=at,
                key=f"{key}/{c['project']}",
            )
        notes = [f"{c['project']}: {note}" for c in cells if c["land"] is not None for note in c["land"].notes]
        drawn = sum(c["land"] is not None for c in cells)
        told = _count(len(cells), "project") + (f", {drawn} with a boundary" if drawn else "")
        return "; ".join([told, *notes])

    def _take_orders(self, cells: list[Cells], key: str) -> str:
        for c in cells:
            self._row = c["row"]
            fields = {name: c[name] for name in ("city", "owner", "side", "lots", "price", "tif")}
            self._orders.place(**fields, key=f"{key}/{c['row']}")
        return f"{_count(len(cells), 'order')}, set aside in the ledger until the next session of the market"


def _count(number: int, one: str, many: str = "") -> str:
    return f"1 {one}" if number == 1 else f"{number:,} {many or one + 's'}"


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


def _aside(cells: Cells) -> str:
    """What tells two streams of one activity apart: the place of its factors, the method of scope 2."""
    return f"|{cells['place']}|{cells['method']}" if cells["place"] or cells["method"] else ""


_TAKERS: dict[str, Callable[[Loading, list[Cells], str], str]] = {
    "cities": Loading._cities,
    "accounts": Loading._accounts,
    "activities": Loading._activities,
    "projects": Loading._take_projects,
    "readings": Loading._take_readings,
    "orders": Loading._take_orders,
}
