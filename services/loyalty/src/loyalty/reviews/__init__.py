"""Reviews: acts that a rule held or flagged, and what a person decided on them."""
