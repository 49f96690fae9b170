"""Tasks: one customer, one offer, one channel, a deadline; and what became of each."""
