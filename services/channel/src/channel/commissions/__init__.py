"""Commissions: what partners earn on orders, by plan, to the last cent."""
