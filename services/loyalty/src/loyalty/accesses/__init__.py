"""Accesses: who saw here what is personal of a customer; the customer service keeps it."""
