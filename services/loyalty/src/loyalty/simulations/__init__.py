"""Simulations: what an earning rule would have given, before it gives anything."""
