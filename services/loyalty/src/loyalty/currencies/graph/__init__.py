"""Currencies in the graph."""
