"""Customers out of the platform, into files that can be imported again."""
