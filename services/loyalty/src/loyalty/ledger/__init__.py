"""The ledger as a whole: whether it keeps its promises."""
