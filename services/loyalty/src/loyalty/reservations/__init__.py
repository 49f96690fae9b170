"""Reservations: what is locked for a redemption until it is confirmed, released or timed out."""
