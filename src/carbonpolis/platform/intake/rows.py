"""What every kind of file says alike of its rows: which of them is refused, what stands twice, how many there were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from carbonpolis.errors import Fault, Refused, Unknown
from carbonpolis.period import year_start
from carbonpolis.platform.intake.columns import Cells
from carbonpolis.platform.work import State
from carbonpolis.registry.party import City


class RowRefused(Exception):
    """What a rule says no to, and the row of the file that asked for it."""

    def __init__(self, row: int, problem: Exception) -> None:
        super().__init__(str(problem))
        self.row, self.problem = row, problem


@contextmanager
def at_row(cells: Cells) -> Iterator[None]:
    """Let whatever a rule refuses inside bear the row that asked for it. Raises RowRefused."""
    try:
        yield
    except (Refused, Unknown, ValueError) as problem:
        raise RowRefused(cells["row"], problem) from problem


def unknown_cities(state: State, cells: Iterable[Cells], file: str) -> Iterable[Fault]:
    """A fault for each row of a city that nobody loaded."""
    known = {city.id for city in state.all(City)}
    for c in cells:
        if c["city"] not in known:
            expected = f"a city that is loaded ({', '.join(sorted(known)[:6])}{' ...' if len(known) > 6 else ''})"
            yield Fault(file, c["row"], "city", c["city"], expected, "`carbonpolis load cities FILE` first.")


def twice(cells: Iterable[Cells], column: str, file: str) -> Iterable[Fault]:
    """A fault for each row whose value of a column stands in a row before it."""
    first: dict[str, int] = {}
    for c in cells:
        before = first.setdefault(c[column], c["row"])
        if before != c["row"]:
            yield Fault(file, c["row"], column, c[column], f"each {column} once; it stands in row {before} already")


def reading(c: Cells, site: str, stream: str, value: float, unit: str, quality: str) -> Cells:
    """A row's fact of its `year` as the store of readings takes it. Raises ValueError where the row names no year."""
    if c["year"] is None:
        raise ValueError(f"a reading of {stream} of no year")
    return {
        "city": c["city"],
        "site": site,
        "stream": stream,
        "time": year_start(c["year"]),
        "value": value,
        "sd": None,
        "unit": unit,
        "quality": quality,
        "source": c["source"],
    }


def count(number: int, one: str, many: str = "") -> str:
    """So many of something, in words: "1 city", "3,000 cities"."""
    return f"1 {one}" if number == 1 else f"{number:,} {many or one + 's'}"
