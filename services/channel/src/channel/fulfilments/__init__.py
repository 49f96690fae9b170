"""Fulfilments: what customers are owed is handed out, by outlets, partners and finance, once."""
