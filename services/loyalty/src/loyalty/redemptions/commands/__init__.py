"""Everything that changes redemptions: points and stock move together, or neither."""
