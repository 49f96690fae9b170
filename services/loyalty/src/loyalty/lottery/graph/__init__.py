"""Lotteries in the graph."""
