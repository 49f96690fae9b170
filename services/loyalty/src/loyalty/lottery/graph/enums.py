"""The words that lotteries choose from, declared before any type speaks of them."""

import strawberry

from loyalty.lottery import models

LotteryState = strawberry.enum(
    models.LotteryState,
    description="DRAFT waits for somebody else to open it; OPEN may be drawn from; CLOSED was.",
)
LotteryPrizeKind = strawberry.enum(
    models.PrizeKind,
    name="LotteryPrizeKind",
    description="BLANK is no prize; POINTS and MONEY are in the wallet at once; "
    "REWARD is handed out as the catalogue says, VOUCHER is a code of the customer's own.",
)
