"""The rules of the place: fees and limits, hours, who may trade."""
