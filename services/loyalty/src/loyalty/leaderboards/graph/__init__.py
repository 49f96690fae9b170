"""Leaderboards of members in the graph."""
