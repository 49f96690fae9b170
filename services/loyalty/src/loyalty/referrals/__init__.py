"""Referrals: who brought whom, one level deep, and what came of it."""
