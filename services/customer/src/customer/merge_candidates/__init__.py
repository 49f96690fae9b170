"""Merge candidates: two records that may be one person, for a person to look at."""
