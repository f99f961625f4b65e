"""An order's way from its owner to the journal."""
