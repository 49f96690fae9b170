"""Naming: customers whom others met first, and who keep the id they were given there."""
