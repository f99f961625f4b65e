"""A project that a rule stops stops no market: the others are certified, and the journal keeps why it was not."""

from __future__ import annotations

from pathlib import Path

from carbonpolis import Platform
from carbonpolis.registry import read_boundary

EXAMPLE = Path(__file__).parents[2] / "examples" / "three-towns"


def ring(side: float, x: float, y: float) -> dict[str, object]:
    corners = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [corners]}


def test_two_projects_on_the_same_land_and_the_year_goes_on(tmp_path: Path) -> None:
    with Platform.open(tmp_path / "towns") as p:
        for kind in ("cities", "accounts", "projects"):
            p.loading.load(kind, EXAMPLE / f"{kind}.csv")
        city = p.people.cities()[0]
        first, second = [each for each in p.projects.all() if each.city == city.id][:2]
        land = ring(0.01, round(city.longitude, 2), round(city.latitude, 2))
        for project in (first, second):
            area = p.projects.draw(project.id, land, key=f"try/{project.id}", area_ha=area_of(land))["area_ha"]
            assert area > 0
        told: list[str] = []
        p.years.run(lambda what, done, of: told.append(what))
        (refused,) = [what for what in told if what.startswith("Not certified")]
        assert f"ha of {first.id} in" in refused
        assert p.projects.get(second.id).state == "draft"
        issued = {batch.project for batch in p.projects.batches()}
        assert first.id in issued
        assert second.id not in issued
        assert p.years.all()[-1].state == "closed"
        year = p.years.all()[-1].id
        kept = p.ledger.answer(f"year/{year}/certify/{second.id}/refused")
        assert kept is not None
        assert "claimed already" in kept["why"]
        assert p.audit.verify().holds


def area_of(land: dict[str, object]) -> float:
    return read_boundary(land).area_ha
