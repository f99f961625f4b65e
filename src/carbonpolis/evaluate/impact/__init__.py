"""What a policy really changed, before and after, beside what would have been."""

from __future__ import annotations

from carbonpolis.evaluate.impact.difference import did
from carbonpolis.evaluate.impact.effect import Effect
from carbonpolis.evaluate.impact.example import PolicyCase, policy_example
from carbonpolis.evaluate.impact.interrupted import interrupted
from carbonpolis.evaluate.impact.synthetic import simplex_least_squares, synthetic_control

__all__ = ["Effect", "PolicyCase", "did", "interrupted", "policy_example", "simplex_least_squares", "synthetic_control"]
