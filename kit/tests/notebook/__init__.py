"""A service small enough to test the kit with: notes, and who wrote how many."""
