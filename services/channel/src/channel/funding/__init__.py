"""Funding: members' points that partners pay for, settled month by month."""
