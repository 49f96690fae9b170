"""Rewards in the graph."""
