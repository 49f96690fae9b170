"""Voucher batches: up to a million unique codes, made in the background."""
