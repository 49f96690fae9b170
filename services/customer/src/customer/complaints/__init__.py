"""Complaints: each with an owner and a deadline, closed only with a resolution."""
