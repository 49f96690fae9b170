"""Earning: what customers get points for."""
