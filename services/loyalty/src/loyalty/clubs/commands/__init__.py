"""Everything that changes clubs and who belongs to them."""
