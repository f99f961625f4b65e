"""Published equations, sector by sector, each with its source."""
