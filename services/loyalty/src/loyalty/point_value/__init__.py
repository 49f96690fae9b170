"""The value of a point: what one is worth in money, in versions."""
