"""Subgraphs in the test's own process, and a gateway in front of them."""
