"""Tiers: where each customer stands with the loyalty programme, as last reported."""
