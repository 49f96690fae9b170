"""Amendments: what colleagues put right about a customer by hand."""
