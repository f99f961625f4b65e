"""Which projects share land: one index over all of them, which follows what they claim."""

from __future__ import annotations

from dataclasses import replace

from tests.registry.world import square

from carbonpolis.registry import read_boundary
from carbonpolis.registry.land_index import LandIndex


def wood(forest, name: str, x: float, **more):
    land = read_boundary(square(x))
    draft = forest.draft(boundary=land, area_ha=land.area_ha)
    return replace(draft, id=name, **{"state": "registered", **more})


def test_what_is_shared_is_found_as_projects_come_move_and_end(forest):
    index = LandIndex()
    oak, ash, elm = wood(forest, "oak", -93.3), wood(forest, "ash", -93.295), wood(forest, "elm", -93.1)
    assert index.overlaps(oak, [oak, elm]) == ()
    assert [each.project for each in index.overlaps(oak, [oak, elm, ash])] == ["ash"]
    assert [each.project for each in index.overlaps(ash, [oak, elm, ash])] == ["oak"]
    moved = replace(ash, boundary=read_boundary(square(-92.9)).geojson)
    assert index.overlaps(oak, [oak, elm, moved]) == ()
    assert [each.project for each in index.overlaps(oak, [oak, elm, ash])] == ["ash"], "back again"
    assert index.overlaps(oak, [oak, elm, replace(ash, state="withdrawn")]) == ()
    assert index.overlaps(replace(oak, boundary=""), [oak, ash]) == ()


def test_years_that_do_not_meet_share_nothing(forest):
    old = wood(forest, "old", -93.3, start_year=2000, crediting_years=5)
    young = wood(forest, "young", -93.3, start_year=2005, crediting_years=5)
    assert LandIndex().overlaps(young, [old, young]) == ()
    assert LandIndex().overlaps(young, [replace(old, crediting_years=6), young]) != ()
