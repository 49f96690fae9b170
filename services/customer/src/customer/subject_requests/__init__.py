"""Subject requests: what customers may ask about their data, by when, and who did what about it."""
