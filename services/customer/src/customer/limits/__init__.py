"""How often somebody may ask, over all processes."""
