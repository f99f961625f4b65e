"""What is owed, how it is covered, and what a city has free to leave."""
