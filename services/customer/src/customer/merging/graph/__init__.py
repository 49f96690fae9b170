"""Merges in the graph."""
