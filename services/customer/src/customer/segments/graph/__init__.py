"""Segments in the graph."""
