"""Desks of the facts that are judged: indicators, scores, live scores."""
