"""Consent: may we, for this purpose, on this kind of channel; with evidence and history."""
