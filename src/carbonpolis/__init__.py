"""Carbonpolis: a city's way to carbon neutrality as one system."""
