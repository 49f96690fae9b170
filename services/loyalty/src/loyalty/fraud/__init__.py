"""Fraud limits: rules with versions, and whether an act goes through, waits for a person or not."""
