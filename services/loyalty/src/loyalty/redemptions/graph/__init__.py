"""Redemptions in the graph."""
