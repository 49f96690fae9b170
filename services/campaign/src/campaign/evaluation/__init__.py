"""Evaluation: which orders a campaign led to, and what they are worth."""
