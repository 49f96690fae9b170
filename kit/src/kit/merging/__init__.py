"""Merging: two things turn out to be one, everything of both stays, and it can be taken back."""
