"""Everything that changes points: one function in the database moves them all."""

from loyalty.points.commands.posting import post
from loyalty.points.commands.reversing import take_back

__all__ = ["post", "take_back"]
