"""What others learn of the market: statistics, bars, closes, the feed."""
