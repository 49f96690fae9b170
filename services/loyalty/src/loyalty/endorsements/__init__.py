"""Endorsements: what partners, experts and peers say for an offer, and to whom it was shown."""
