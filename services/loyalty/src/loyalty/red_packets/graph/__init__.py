"""Red packets in the graph."""
