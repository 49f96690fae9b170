"""Tiers: what qualifying points make of a member."""
