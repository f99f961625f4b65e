"""Footprints by input-output tables of one or many regions."""
