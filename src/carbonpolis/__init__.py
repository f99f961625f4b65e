"""Carbonpolis: a city's way to carbon neutrality as one system."""

from __future__ import annotations

from carbonpolis.platform import Platform

__all__ = ["Platform"]
