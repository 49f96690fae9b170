"""Reviews in the graph."""
