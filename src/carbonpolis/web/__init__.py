"""The site: one file a page, drawn from the report alone. It translates and decides nothing."""
