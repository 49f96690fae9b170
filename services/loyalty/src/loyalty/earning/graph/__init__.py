"""Earning in the graph."""
