"""Redemptions: rewards that members take for points, reserved first, then theirs or given back."""
