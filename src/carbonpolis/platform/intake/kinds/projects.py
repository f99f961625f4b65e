"""A file of sink projects, with the land they claim."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from carbonpolis.errors import CarbonpolisError, Fault
from carbonpolis.measure import sinks
from carbonpolis.platform.intake.boundaries import overlap_faults, read_lands
from carbonpolis.platform.intake.columns import Cells
from carbonpolis.platform.intake.desks import Desks
from carbonpolis.platform.intake.rows import at_row, count, twice, unknown_cities
from carbonpolis.platform.measure.removals import measured
from carbonpolis.platform.work import State
from carbonpolis.registry.party import Party
from carbonpolis.registry.project import SinkProject

_APART = frozenset({"row", "project", "inputs", "status", "boundary", "land"})  # not a project's field by that name


def check(desks: Desks, cells: list[Cells], path: Path) -> Iterable[Fault]:
    """A project is new, has a known owner, a model that takes its inputs, and land that nobody else claims."""
    yield from read_lands(desks.state, cells, path.parent, path.name)
    unknown = list(unknown_cities(desks.state, cells, path.name))
    yield from unknown
    yield from twice(cells, "project", path.name)
    owners = {party.id for party in desks.state.all(Party)}
    trials = []
    for c in cells:
        trials.append((c["row"], trial := _trial(c)))
        if desks.state.find(SinkProject, c["project"]) is not None:
            yield Fault(path.name, c["row"], "project", c["project"], "a new id; this project is registered already")
        if c["owner"] not in owners:
            remedy = "`carbonpolis load accounts FILE` first, with this owner in it."
            yield Fault(path.name, c["row"], "owner", c["owner"], "an account that is loaded", remedy)
        if c["model"] not in sinks.models():
            yield Fault(path.name, c["row"], "model", c["model"], f"one of {', '.join(sinks.models())}")
        elif not unknown:
            yield from _model_faults(desks.state, c, trial, path.name)
    yield from overlap_faults(desks.state, trials, path.name)


def odd(_desks: Desks, _cells: list[Cells]) -> list[str]:
    """Nothing: a model refuses what it does not believe."""
    return []


def take(desks: Desks, cells: list[Cells], key: str) -> str:
    """Propose each project."""
    for c in cells:
        with at_row(c):
            desks.projects.propose(
                c["project"],
                **_fields(c),
                boundary=c["land"],
                at=date(c["start_year"], 1, 1),
                key=f"{key}/{c['project']}",
            )
    notes = [f"{c['project']}: {note}" for c in cells if c["land"] is not None for note in c["land"].notes]
    drawn = sum(c["land"] is not None for c in cells)
    told = count(len(cells), "project") + (f", {drawn} with a boundary" if drawn else "")
    return "; ".join([told, *notes])


def _fields(c: Cells) -> Cells:
    """A row's fields of a project, where it says them and where it leaves them out."""
    own = {name: c[name] for name in c if name not in _APART}
    return {**own, "inputs": c["inputs"] or {}, "status": c["status"] or "assumed"}


def _trial(c: Cells) -> SinkProject:
    """A row's project as it would be proposed."""
    return SinkProject(id=c["project"], boundary=c["land"].geojson if c["land"] is not None else "", **_fields(c))


def _model_faults(state: State, c: Cells, trial: SinkProject, file: str) -> Iterable[Fault]:
    if sinks.model(c["model"]).sink_class != c["sink_class"]:
        expected = f"{sinks.model(c['model']).sink_class}, the class that model {c['model']} measures"
        yield Fault(file, c["row"], "sink_class", c["sink_class"], expected)
    try:
        measured(state, trial)
    except (ValueError, TypeError, CarbonpolisError) as problem:
        yield Fault(file, c["row"], "inputs", str(c["inputs"] or ""), str(problem))
