"""Everything that changes voucher types and their figures."""
