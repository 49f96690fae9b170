"""Campaigns: planned, approved, run, completed and evaluated."""
