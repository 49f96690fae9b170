"""Accounts: who has points, and where in the organisation they belong."""
