"""Privileges: what membership brings besides points, for a time or for as long as a tier lasts."""
