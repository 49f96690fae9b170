"""What the loyalty service tells of, put together."""

from typing import Final

from kit.events import Event
from loyalty.accesses.events import AccessesNoted
from loyalty.accounts.events import AccountOpened
from loyalty.achievements.events import (
    AchievementLost,
    AchievementReached,
    AchievementRewarded,
    AchievementRewardWithheld,
)
from loyalty.adjustments.events import AdjustmentDecided, AdjustmentRequested
from loyalty.benefits.events import BenefitFulfilled, BenefitRefused, BenefitReversed
from loyalty.clubs.events import ClubJoined, ClubLeft
from loyalty.erasure.events import ErasureConfirmed
from loyalty.fraud.events import ReviewOpened
from loyalty.fulfilments.events import FulfilmentRecalled, FulfilmentRequested
from loyalty.leaderboards.events import LeaderboardWon
from loyalty.lottery.events import LotteryDrawn, LotteryOpened, LotteryRevealed
from loyalty.points.events import TOLD, PointsExpiring
from loyalty.privileges.events import PrivilegeEnded, PrivilegeGiven
from loyalty.red_packets.events import (
    AllotmentRequested,
    AllotmentSettled,
    RedPacketEmptied,
    RedPacketEnded,
    RedPacketOpened,
    RedPacketReturned,
    RedPacketTaken,
)
from loyalty.redemptions.events import (
    RedemptionConfirmed,
    RedemptionFailed,
    RedemptionFulfilled,
    RedemptionReleased,
    RedemptionReserved,
)
from loyalty.referrals.events import ReferralDisqualified, ReferralQualified
from loyalty.reviews.events import ReviewDecided, ReviewEscalated
from loyalty.settlements.events import PartnerPointsSettled
from loyalty.tiers.events import TierChanged
from loyalty.vouchers.events import (
    VoucherExpired,
    VoucherIssued,
    VoucherRedeemed,
    VoucherReleased,
)

EVENTS: Final[tuple[type[Event], ...]] = (
    AccountOpened,
    *dict.fromkeys(TOLD.values()),
    PointsExpiring,
    AdjustmentRequested,
    AdjustmentDecided,
    TierChanged,
    BenefitFulfilled,
    BenefitRefused,
    BenefitReversed,
    ErasureConfirmed,
    FulfilmentRequested,
    FulfilmentRecalled,
    AccessesNoted,
    PartnerPointsSettled,
    ReferralQualified,
    RedemptionReserved,
    RedemptionConfirmed,
    RedemptionFulfilled,
    RedemptionReleased,
    RedemptionFailed,
    ReferralDisqualified,
    VoucherIssued,
    VoucherRedeemed,
    VoucherReleased,
    VoucherExpired,
    ReviewOpened,
    PrivilegeGiven,
    PrivilegeEnded,
    AllotmentRequested,
    AllotmentSettled,
    RedPacketOpened,
    RedPacketTaken,
    RedPacketReturned,
    RedPacketEmptied,
    RedPacketEnded,
    ClubJoined,
    ClubLeft,
    ReviewDecided,
    ReviewEscalated,
    AchievementReached,
    AchievementLost,
    AchievementRewarded,
    AchievementRewardWithheld,
    LotteryOpened,
    LotteryDrawn,
    LotteryRevealed,
    LeaderboardWon,
)
