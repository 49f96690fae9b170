"""Currencies: what wallets hold, declared as data."""
