"""Achievements in the graph."""
