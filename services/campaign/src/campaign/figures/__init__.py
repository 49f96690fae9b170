"""Figures: what campaigns achieve, counted by channel, unit, arm and day."""
