"""One price for all: call auctions, the coupling of cities, the monthly session."""
