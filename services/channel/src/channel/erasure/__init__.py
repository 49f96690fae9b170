"""Erasure: what goes, what loses its words, and what stands when a customer asks to be forgotten."""
