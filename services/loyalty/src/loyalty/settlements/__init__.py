"""Settlements: what partners pay for the points they fund, by partner and month."""
