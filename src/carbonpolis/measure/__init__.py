"""Measurement: what sinks absorb and what cities emit, each with its uncertainty. Pure functions."""

from __future__ import annotations

from carbonpolis.measure.decomposition import kaya, lmdi
from carbonpolis.measure.estimate import Estimate, total

__all__ = ["Estimate", "kaya", "lmdi", "total"]
