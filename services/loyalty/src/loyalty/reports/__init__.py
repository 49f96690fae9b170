"""Reports: what the programme owes, how points moved, and what will expire; equal to the ledger."""
