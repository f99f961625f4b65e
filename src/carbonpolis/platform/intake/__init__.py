"""What a person's file goes through before anything is kept of it."""
