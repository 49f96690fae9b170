"""Imports: past purchases from files, as orders, resumed where they stopped."""
