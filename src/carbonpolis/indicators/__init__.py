"""Indicators: defined once as data, computed by pure functions from plain facts about a city."""
