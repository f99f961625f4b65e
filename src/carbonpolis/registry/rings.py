"""The rings of a polygon: round the globe in one piece, and what a ring that touches itself means.

A ring may touch itself at a point or along a line without crossing itself; then it encloses one area, however one
reads it, and is mended. Where lines cross, what is inside depends on the reader, and it is refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.ops import unary_union

from carbonpolis.errors import Refused

Ring = NDArray[np.float64]  # corners x 2: longitude, latitude; the last is the first again
Shape = Polygon | MultiPolygon

SAME = 1e-9  # of an area: what two ways of summing it may differ by in float64
ROUND = 360.0  # degrees of longitude


def unwrapped(ring: Ring) -> Ring:
    """A ring with no jump of more than 180 degrees between neighbours, however far east or west that leads.

    RFC 7946 s.3.1.9: of two ways between corners the shorter one is meant. Raises Refused("boundary", ...) for a ring
    around a pole, which does not close so.
    """
    turns = np.rint(np.diff(ring[:, 0]) / ROUND)
    if not turns.any():
        return ring
    if turns.sum():
        raise Refused("boundary", "a ring goes round a pole, so longitude and latitude don't say what lies inside.")
    found = ring.copy()
    found[1:, 0] -= ROUND * np.cumsum(turns)
    return found


def polygon(rings: Sequence[Ring], notes: list[str]) -> Shape:
    """What a shell and its holes enclose, degrees. rings: closed; the first is the shell.

    Holes are moved round the globe to their shell. Appends to notes what was mended. Raises Refused("boundary", ...)
    where lines cross, a hole lies outside, or holes overlap.
    """
    shell, *holes = [unwrapped(ring) for ring in rings]
    shell = _moved(shell, -ROUND * math.floor((float(shell[:, 0].min()) + ROUND / 2) / ROUND))
    holes = [_beside(hole, shell) for hole in holes]
    plain = Polygon(shell, holes)
    if plain.is_valid and plain.area > 0:
        return plain
    mended = _mended(shell, holes)
    if mended is None:
        why = shapely.is_valid_reason(plain).replace("[", " at longitude, latitude ").replace("]", "")
        if plain.is_valid or why == "Valid Geometry":
            raise Refused("boundary", "it encloses no area.")
        raise Refused(
            "boundary", f"it is no simple polygon: {why}. Draw it so that no line crosses another, holes inside."
        )
    notes.append("a ring that touched itself was parted there")
    return mended


def pieces(shape: Shape, notes: list[str]) -> list[Polygon]:
    """The polygons of a shape, cut so that they stay between 180 degrees west and east."""
    parts = list(shape.geoms) if isinstance(shape, MultiPolygon) else [shape]
    if shape.bounds[2] <= ROUND / 2:
        return parts
    notes.append("a polygon over the antimeridian was cut there")
    found: list[Polygon] = []
    for part in parts:
        for turn in (0, 1):
            low = ROUND * turn - ROUND / 2
            inside = part.intersection(box(low, -90, low + ROUND, 90))
            moved = shapely.transform(inside, lambda points, by=-ROUND * turn: np.add(points, (by, 0)))  # type: ignore[misc]
            found += _areal(moved)
    return found


def _moved(ring: Ring, by: float) -> Ring:
    return np.add(ring, (by, 0.0)) if by else ring


def _beside(hole: Ring, shell: Ring) -> Ring:
    """A hole at the same turn of the globe as its shell: on the globe it lies inside or it doesn't."""
    apart = float(np.ptp(shell[:, 0]) / 2 + shell[:, 0].min() - np.ptp(hole[:, 0]) / 2 - hole[:, 0].min())
    return _moved(hole, ROUND * round(apart / ROUND))


def _mended(shell: Ring, holes: Sequence[Ring]) -> Shape | None:
    """What rings that touch themselves or each other enclose; None where that has more meanings than one, or none."""
    outer, *inner = [_enclosed(ring) for ring in (shell, *holes)]
    if outer is None or outer.is_empty or any(each is None for each in inner):
        return None
    taken = [cast(Shape, each) for each in inner]
    off = cast(Shape, unary_union(taken)) if taken else MultiPolygon()
    if math.fsum(each.area for each in taken) - off.area > SAME * outer.area:
        return None  # holes that overlap
    if off.difference(outer).area > SAME * outer.area:
        return None  # a hole that leaves its shell
    left = _areal(outer.difference(off))
    return MultiPolygon(left) if left else None


def _enclosed(ring: Ring) -> Shape | None:
    """What a ring encloses, None where it crosses itself.

    Its signed area (shoelace) counts each face as often as the ring winds around it; where lines cross, some face is
    wound around twice, or two in opposite turns, so that it differs from the area that is filled.
    """
    filled = _areal(shapely.make_valid(Polygon(ring), method="linework"))
    area = math.fsum(each.area for each in filled)
    if not filled or abs(abs(_signed(ring)) - area) > SAME * area:
        return None
    return MultiPolygon(filled) if len(filled) > 1 else filled[0]


def _signed(ring: Ring) -> float:
    x, y = (ring - ring[0]).T
    return math.fsum((x[:-1] * y[1:] - x[1:] * y[:-1]).tolist()) / 2


def _areal(shape: shapely.Geometry) -> list[Polygon]:
    parts = shapely.get_parts(shape)
    while any(part.geom_type in {"MultiPolygon", "GeometryCollection"} for part in parts):
        parts = shapely.get_parts(parts)
    return [part for part in parts if isinstance(part, Polygon) and not part.is_empty]
