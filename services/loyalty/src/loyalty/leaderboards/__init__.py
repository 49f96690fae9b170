"""Leaderboards: who among members is ahead, period by period, and what the first get."""
