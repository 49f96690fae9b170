"""Achievements: what members reach step by step, and what each step gives."""
