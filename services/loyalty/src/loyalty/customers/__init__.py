"""Customers: all that loyalty adds to a customer, wherever the graph meets them."""
