"""The comparison of cities on one footing."""
