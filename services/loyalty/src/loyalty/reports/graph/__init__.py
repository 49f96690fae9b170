"""Reports in the graph."""
