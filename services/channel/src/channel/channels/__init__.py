"""Channels: the ways to meet customers."""
