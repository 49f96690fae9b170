"""Everything that changes lotteries: drafted, opened by somebody else, drawn, closed."""

from loyalty.lottery.commands.drawing import draw

__all__ = ["draw"]
