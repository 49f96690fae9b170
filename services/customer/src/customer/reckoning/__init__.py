"""Reckoning: rules are asked again wherever their answer may have changed, and only there."""
