"""Books of many cities, joined: home first, then abroad, inside the day's limits."""
