"""Statements: what a partner is told of each month, over REST."""
