"""Preferences: the page on which customers say themselves how they may be approached."""
