"""Points: a ledger in double entry, where points are money."""
