"""Attributes: what may be known about a customer, declared by name and type before it is kept."""
