"""Everything that changes tiers: up at once, down only some time after a period's end."""

from loyalty.tiers.commands.counting import count_no_longer, count_towards_tiers
from loyalty.tiers.commands.lifting import lift_members
from loyalty.tiers.commands.reviewing import review_tiers

__all__ = ["count_no_longer", "count_towards_tiers", "lift_members", "review_tiers"]
