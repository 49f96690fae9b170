"""Decisions: for one customer at one touchpoint, which offer, and why not the others."""
