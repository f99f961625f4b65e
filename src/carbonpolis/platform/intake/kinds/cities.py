"""A file of cities."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from carbonpolis.errors import Fault
from carbonpolis.measure import sinks
from carbonpolis.platform.intake.columns import Cells
from carbonpolis.platform.intake.desks import Desks
from carbonpolis.platform.intake.plausible import odd_cities
from carbonpolis.platform.intake.rows import at_row, count, twice
from carbonpolis.registry.party import City, Party, Role


def check(_desks: Desks, cells: list[Cells], path: Path) -> Iterable[Fault]:
    """A city stands once, lies in its code's country and has an ecological zone that is known."""
    yield from twice(cells, "city", path.name)
    zones = sinks.ecological_zones()
    for c in cells:
        if c["ecological_zone"] not in zones:
            expected = f"one of {', '.join(zones)}"
            yield Fault(path.name, c["row"], "ecological_zone", c["ecological_zone"], expected)
        if c["country"] != c["city"][:2]:
            yield Fault(path.name, c["row"], "country", c["country"], f"{c['city'][:2]}, as in the city's code")


def odd(_desks: Desks, cells: list[Cells]) -> list[str]:
    """Cities beyond all that are known."""
    return odd_cities(cells)


def take(desks: Desks, cells: list[Cells], key: str) -> str:
    """Register each city, and the city itself as a party."""
    things: list[City | Party] = []
    for c in cells:
        with at_row(c):
            fields = {name: c[name] for name in c if name not in {"row", "city"}}
            fields["population"] = int(fields["population"])
            things.append(City(id=c["city"], **fields))
            office = Party(c["city"], c["city"], c["name"], Role.CITY, "", "", c["source"], assumed=False)
            things.append(office)
    desks.people.register(tuple(things), key=f"{key}/register")
    return count(len(cells), "city", "cities")
