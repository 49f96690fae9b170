"""Earnings: what partners earned, by partner and month and by campaign, line by line."""
