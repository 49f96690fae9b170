"""Identifiers: by what a customer is recognised, each belonging to one customer only."""
