"""Segments: customers chosen by a rule, or named in a list, and who was one when."""
