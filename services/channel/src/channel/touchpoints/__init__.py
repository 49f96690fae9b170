"""Touchpoints: what customers did or met, wherever it was, each told once."""
