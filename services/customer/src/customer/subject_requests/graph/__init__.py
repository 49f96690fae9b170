"""Subject requests in the graph."""
