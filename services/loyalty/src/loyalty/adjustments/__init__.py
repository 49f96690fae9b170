"""Adjustments: accounts are put right by hand, large ones by two people."""
