"""Bundles: several things that are given together, all of them or none."""
