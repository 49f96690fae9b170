"""How reports are read: from the sums, and from the few postings that are not in them yet."""
