"""Payouts: finance pays cash-back in batches, each amount once."""
