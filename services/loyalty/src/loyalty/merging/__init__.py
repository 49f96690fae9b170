"""Merging: two customers who turned out to be one have one account's points, until it is undone."""
