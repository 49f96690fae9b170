"""Everything that changes batches of vouchers."""
