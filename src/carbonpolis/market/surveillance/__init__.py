"""What looks like abuse, and the evidence for it."""
