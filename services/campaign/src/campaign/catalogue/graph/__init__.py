"""The catalogue in the graph."""
