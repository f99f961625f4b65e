"""Desks of the market: each asks the rules of its namesake in `market`, and commits."""
