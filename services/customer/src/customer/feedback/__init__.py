"""Feedback: how content customers are (CSAT), and whether they recommend us (NPS)."""
