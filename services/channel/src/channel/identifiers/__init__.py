"""Identifiers: which customer a name belongs to, and naming those nobody knows yet."""
