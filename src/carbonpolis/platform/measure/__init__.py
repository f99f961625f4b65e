"""Desks of what is measured: readings, inventories, removals."""
