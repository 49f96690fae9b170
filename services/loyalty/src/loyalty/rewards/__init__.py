"""Rewards: what members may have for points, and what is handed out for nothing."""
