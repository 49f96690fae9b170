"""Transfers: what members give to one another, within limits."""
