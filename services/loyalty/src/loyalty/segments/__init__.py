"""Segments: which of them a member is in, as the customer service reports it."""
