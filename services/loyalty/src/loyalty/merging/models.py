"""What belongs to a customer here, and what was moved between accounts when two were merged."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Field

from kit.merging.rows import Moves, Stays
from kit.models import moment
from loyalty.accounts.models import PointsAccount, Wallet
from loyalty.achievements.models import (
    AchievementDeed,
    AchievementLevel,
    AchievementReward,
    AchievementTally,
)
from loyalty.adjustments.models import Adjustment
from loyalty.benefits.models import Benefit, TaskOrder
from loyalty.clubs.models import Club, ClubMembership
from loyalty.columns import long, words
from loyalty.earning.models import Earning, EarningCount
from loyalty.endorsements.models import Endorsement, EndorsementShown
from loyalty.entity import Row, table_of
from loyalty.fraud.models import CustomerMark, ScreenedAct
from loyalty.fulfilments.models import Fulfilment
from loyalty.leaderboards.models import (
    LeaderboardDeed,
    LeaderboardName,
    LeaderboardScore,
    LeaderboardWinner,
)
from loyalty.lottery.models import LotteryChance, LotteryDraw
from loyalty.members.models import MemberFacts
from loyalty.points.models import Entry, Lot, Posting
from loyalty.privileges.models import PrivilegePeriod
from loyalty.red_packets.models import RedPacketTake
from loyalty.redemptions.models import Redemption
from loyalty.referrals.models import Referral, ReferralCode
from loyalty.reports.models import FirstUse
from loyalty.reservations.models import Reservation
from loyalty.reviews.models import Review
from loyalty.rewards.models import RewardGiven
from loyalty.segments.models import MemberSegment
from loyalty.simulations.models import EarningSimulation
from loyalty.tiers.models import MemberTier, QualifyingPoints, TierChange, TierLift
from loyalty.transfers.models import HeldTransfer
from loyalty.value.models import MemberValue
from loyalty.vouchers.models import Voucher, VoucherRedemption

MOVES: Final = (
    Moves(table_of(Earning), "customer_id"),
    Moves(table_of(EarningCount), "customer_id"),
    Moves(table_of(QualifyingPoints), "customer_id"),
    Moves(table_of(MemberValue), "customer_id"),
    Moves(table_of(Referral), "referrer_id"),
    Moves(table_of(Referral), "referred_id"),
    Moves(table_of(Benefit), "customer_id"),
    Moves(table_of(TaskOrder), "customer_id"),
    Moves(table_of(ReferralCode), "customer_id"),
    Moves(table_of(Voucher), "customer_id"),
    Moves(table_of(VoucherRedemption), "customer_id"),
    Moves(table_of(CustomerMark), "customer_id"),
    Moves(table_of(ScreenedAct), "customer_id"),
    Moves(table_of(ScreenedAct), "counterpart_id"),
    Moves(table_of(Review), "customer_id"),
    Moves(table_of(PrivilegePeriod), "customer_id"),
    Moves(table_of(EndorsementShown), "customer_id"),
    Moves(table_of(Endorsement), "endorser_id"),
    Moves(table_of(RedPacketTake), "customer_id"),
    Moves(table_of(ClubMembership), "customer_id"),
    Moves(table_of(Redemption), "customer_id"),
    Moves(table_of(RewardGiven), "customer_id"),
    Moves(table_of(Fulfilment), "customer_id"),
    Moves(table_of(AchievementDeed), "customer_id"),
    Moves(table_of(AchievementTally), "customer_id"),
    Moves(table_of(AchievementLevel), "customer_id"),
    Moves(table_of(AchievementReward), "customer_id"),
    Moves(table_of(LotteryDraw), "customer_id"),
    Moves(table_of(LotteryChance), "customer_id"),
    Moves(table_of(LeaderboardDeed), "customer_id"),
    Moves(table_of(LeaderboardName), "customer_id"),
    Moves(table_of(LeaderboardWinner), "customer_id"),
)
BETWEEN_ACCOUNTS: Final = (
    Moves(table_of(Lot), "account_id"),
    Moves(table_of(Reservation), "account_id"),
    Moves(table_of(Adjustment), "account_id"),
)
"""Lots keep when they expire; what was asked for is decided for the account that is used."""


class WalletMove(Row, table=True):
    """What a merge moved from one account's wallet into another's: two postings of the ledger.

    `debt` is what the source owed. Taken back, it has been given back.
    """

    __tablename__ = "wallet_move"

    posting_in: UUID = Field(foreign_key="posting.id", primary_key=True)
    posting_out: UUID = Field(foreign_key="posting.id", unique=True)
    merge_id: UUID = Field(index=True)
    currency: str = words()
    source_id: UUID
    target_id: UUID
    debt: int = long()
    taken_back: bool = False


class TierGiven(Row, table=True):
    """The tier that a merge gave the survivor, and what they had before."""

    __tablename__ = "tier_given"

    merge_id: UUID = Field(primary_key=True)
    customer_id: UUID
    tier_code: str = words()
    given_at: datetime = moment()
    former_code: str = words()
    former_since: datetime | None = moment(default=None)
    former_period_ends_at: datetime | None = moment(default=None)


LEDGER: Final = "the ledger stands: a posting on either side moves what is left"
MERGING: Final = "it is what merging itself remembers"
REACHED: Final = "a tier stays with the id that reached it; the survivor is given the better one"
REPORTED: Final = "the customer service reports it of each id"
ASKED: Final = "it says what was asked for; the accounts of today are found once it is decided"
STAYS: Final = (
    Stays(table_of(PointsAccount), "customer_id", LEDGER),
    Stays(table_of(Wallet), "account_id", LEDGER),
    Stays(table_of(Posting), "account_id", LEDGER),
    Stays(table_of(Entry), "account_id", LEDGER),
    Stays(table_of(FirstUse), "account_id", "it tells points apart by the account they came to"),
    Stays(table_of(WalletMove), "source_id", MERGING),
    Stays(table_of(WalletMove), "target_id", MERGING),
    Stays(table_of(TierGiven), "customer_id", MERGING),
    Stays(table_of(HeldTransfer), "giver_id", ASKED),
    Stays(table_of(HeldTransfer), "taker_id", ASKED),
    Stays(table_of(MemberTier), "customer_id", REACHED),
    Stays(table_of(TierChange), "customer_id", REACHED),
    Stays(table_of(MemberFacts), "customer_id", REPORTED),
    Stays(table_of(MemberSegment), "customer_id", REPORTED),
    Stays(table_of(RedPacketTake), "taken_as", "it says under which id somebody was quick"),
    Stays(table_of(MemberValue), "origin_id", "it says under which id somebody was of value"),
    Stays(table_of(EarningSimulation), "last_customer_id", "how far it has come among all ids"),
    Stays(table_of(AchievementDeed), "origin_id", "it says under which id it was done"),
    Stays(table_of(AchievementTally), "origin_id", "it says under which id it was done"),
    Stays(table_of(LeaderboardScore), "customer_id", "deeds move, and scores are summed anew"),
    Stays(table_of(Club), "enrolled_after", "how far it has come among all ids"),
    Stays(table_of(TierLift), "looked_until", "how far it has come among all ids"),
)
THINGS: Final = frozenset(
    {
        "achievement_id",
        "account",
        "allotment_id",
        "address",
        "after_id",
        "campaign_id",
        "content",
        "device",
        "expired_by",
        "history_after",
        "last_posting",
        "level_id",
        "epoch_id",
        "lot_id",
        "lottery_id",
        "mark_id",
        "merge_id",
        "order_id",
        "packet_id",
        "posting_id",
        "posting_in",
        "posting_out",
        "reservation_id",
        "referral_id",
        "reverses",
        "returned_by",
        "spent_by",
        "reward_id",
        "segment_id",
        "settled_by",
        "settles",
        "source_id",
        "task_id",
        "batch_id",
        "redemption_id",
        "type_id",
        "voucher_id",
        "withdrawn_upto",
    }
)
"""Ids of no customer, and of no account."""
