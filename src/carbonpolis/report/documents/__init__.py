"""Documents for people: certificates, comparisons, scores, maps, pictures."""
