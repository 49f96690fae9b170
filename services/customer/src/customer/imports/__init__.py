"""Imports: customers from files, by a mapping of columns, resumed where they stopped."""
