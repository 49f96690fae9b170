"""Tiers in the graph."""
