"""Deeds: what members do, told once to all that counts it beside earning."""
