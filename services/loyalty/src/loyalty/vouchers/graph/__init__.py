"""Vouchers in the graph."""
