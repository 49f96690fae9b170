"""Everything that changes rewards: their terms, their stock, and who is given one."""

from loyalty.rewards.commands.giving import give_back, hand_out

__all__ = ["give_back", "hand_out"]
