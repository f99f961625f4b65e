"""The composite score: the field's steps, one a file, each standing alone (OECD/JRC Handbook 2008)."""

from __future__ import annotations

from carbonpolis.evaluate.score.aggregate import aggregate
from carbonpolis.evaluate.score.framework import Framework, Scores
from carbonpolis.evaluate.score.normalise import normalise
from carbonpolis.evaluate.score.weight import AHP, ahp, weights

__all__ = ["AHP", "Framework", "Scores", "aggregate", "ahp", "normalise", "weights"]
