"""Merging: what is kept of two customers who turned out to be one, and what goes back."""
