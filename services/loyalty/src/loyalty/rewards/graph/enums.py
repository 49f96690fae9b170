"""The words that rewards choose from, declared before any type speaks of them."""

import strawberry

from loyalty.rewards import models

RewardKind = strawberry.enum(
    models.RewardKind,
    description="GIFT: a thing; VOUCHER: a code of a voucher type; TOP_UP: money on an account "
    "with us; CASH_BACK: money paid out; PARTNER: what a partner hands out.",
)
RewardState = strawberry.enum(
    models.RewardState,
    description="Nobody gets a DRAFT; LIVE ones may be had; what has ENDED is handed out no more, "
    "but what was reserved before may still be confirmed.",
)
RewardBarrier = strawberry.enum(
    models.RewardBarrier,
    description="Why a member may not have a reward now. NOT_LIVE: a draft; NOT_YET: before its "
    "time; ENDED: after it; OTHER_UNIT: for members of other units; TIER_TOO_LOW; NOT_IN_SEGMENT; "
    "OUT_OF_STOCK; LIMIT_REACHED and DAILY_LIMIT_REACHED: they have had as many as one may, in all "
    "or on a day by their clock; NOT_FOR_POINTS: it is only handed out; NOT_ENOUGH_POINTS.",
)
