"""Rules about customers: what they may speak of, and how one customer or all of them answer."""
