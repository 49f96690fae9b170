"""Fraud rules in the graph."""
