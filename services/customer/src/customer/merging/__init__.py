"""Merging: two records of one person become one, nothing is lost, and it can be taken back."""
