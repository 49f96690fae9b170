"""Memberships: which individuals belong to which groups, as what, from when to when."""
