"""One order book: prices, queues, and what meets what. Knows no other room of the market."""
