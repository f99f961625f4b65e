"""Reports: facts to a dictionary of figures with units, and that to JSON, Excel and PDF."""
