"""Agreed elsewhere, or ahead: block trades and forwards."""
