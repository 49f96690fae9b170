"""Referrals in the graph."""
