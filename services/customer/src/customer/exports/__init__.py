"""Exports: customers into files, by the mapping that would import them again."""
