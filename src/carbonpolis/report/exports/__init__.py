"""Files for other systems, in their own forms."""
