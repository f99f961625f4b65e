"""The composite score: the field's steps, one a file, each standing alone (OECD/JRC Handbook 2008)."""

from __future__ import annotations

from carbonpolis.evaluate.score.aggregate import DependsOnTheSet, aggregate
from carbonpolis.evaluate.score.ahp import AHP, ahp, ahp_group, budget
from carbonpolis.evaluate.score.bod import Doubt, benefit_of_the_doubt
from carbonpolis.evaluate.score.framework import Framework, Scores
from carbonpolis.evaluate.score.importance import effective_weights
from carbonpolis.evaluate.score.impute import Imputed, impute
from carbonpolis.evaluate.score.normalise import normalise
from carbonpolis.evaluate.score.treat import Treated, treat
from carbonpolis.evaluate.score.weight import weights

__all__ = [
    "AHP",
    "DependsOnTheSet",
    "Doubt",
    "Framework",
    "Imputed",
    "Scores",
    "Treated",
    "aggregate",
    "ahp",
    "ahp_group",
    "benefit_of_the_doubt",
    "budget",
    "effective_weights",
    "impute",
    "normalise",
    "treat",
    "weights",
]
