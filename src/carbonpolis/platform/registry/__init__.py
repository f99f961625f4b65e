"""Desks of the registry: projects, issuance, units, losses, other registries."""
