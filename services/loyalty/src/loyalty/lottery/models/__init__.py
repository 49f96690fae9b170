"""Lotteries as they are stored: their terms, their epochs, their draws."""

from loyalty.lottery.models.draws import LotteryChance, LotteryDraw, LotteryEpoch
from loyalty.lottery.models.terms import Lottery, LotteryPrize, LotteryState, PrizeKind

__all__ = [
    "Lottery",
    "LotteryChance",
    "LotteryDraw",
    "LotteryEpoch",
    "LotteryPrize",
    "LotteryState",
    "PrizeKind",
]
