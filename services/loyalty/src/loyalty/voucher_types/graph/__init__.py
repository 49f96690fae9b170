"""Voucher types in the graph."""
