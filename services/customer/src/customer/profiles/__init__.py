"""Profiles: who a customer is, and everything that is known to hold of them now."""
