"""Clubs in the graph."""
