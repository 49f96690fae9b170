"""Catalogue: products, and the offers that sell them."""
