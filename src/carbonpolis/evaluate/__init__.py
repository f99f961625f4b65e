"""Judgement: composite scores, the comparison of cities, and what a policy changed. Pure functions on frames."""
