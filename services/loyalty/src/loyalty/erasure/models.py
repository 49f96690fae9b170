"""What the loyalty service holds about a customer, table by table, and how it goes."""

from typing import Final

from sqlalchemy import case

from kit.personal.held import Blanked, Deleted, Held, Impersonal, Kept, Through, silenced
from kit.tables import moved_row
from loyalty.accounts.models import PointsAccount, Wallet
from loyalty.achievements.models import (
    Achievement,
    AchievementDeed,
    AchievementLevel,
    AchievementReward,
    AchievementTally,
)
from loyalty.adjustments.models import Adjustment
from loyalty.benefits.models import Benefit, TaskOrder
from loyalty.bundles.models import Bundle
from loyalty.clubs.models import Club, ClubMembership
from loyalty.currencies.models import Currency, CurrencyVersion
from loyalty.earning.models import Earning, EarningCap, EarningCount, EarningRule
from loyalty.endorsements.models import Endorsement, EndorsementShown
from loyalty.entity import table_of
from loyalty.fraud.models import CustomerMark, FraudRule, Mark, ScreenedAct
from loyalty.fulfilments.models import RECALLED, Fulfilment
from loyalty.leaderboards.models import (
    Leaderboard,
    LeaderboardCount,
    LeaderboardDeed,
    LeaderboardName,
    LeaderboardPeriod,
    LeaderboardScore,
    LeaderboardShift,
    LeaderboardWinner,
)
from loyalty.ledger.models import LedgerFault, LedgerRound, LedgerRoundSum, LedgerWatch
from loyalty.lottery.models import (
    Lottery,
    LotteryChance,
    LotteryDraw,
    LotteryEpoch,
    LotteryPrize,
)
from loyalty.members.models import MemberFacts
from loyalty.merging.models import TierGiven, WalletMove
from loyalty.partners.models import PartnerStanding
from loyalty.point_value.models import PointValue
from loyalty.points.models import (
    ERASED,
    IN_OWN_WORDS,
    Entry,
    Lot,
    LotAgeing,
    LotUse,
    Posting,
    Programme,
)
from loyalty.privileges.models import Privilege, PrivilegePeriod, TierPrivilege
from loyalty.red_packets.models import RedPacket, RedPacketPart, RedPacketTake
from loyalty.redemptions.models import Redemption
from loyalty.referrals.models import Referral, ReferralCode, ReferralProgramme
from loyalty.reports.models import FirstUse, LedgerFold, LotAge, MonthEnd, PointsFlow
from loyalty.reservations.models import Reservation
from loyalty.reviews.models import Review
from loyalty.rewards.models import Reward, RewardGiven, RewardStock
from loyalty.segments.models import MemberSegment
from loyalty.settlements.models import PartnerPoints, PartnerPointsSettlement
from loyalty.simulations.models import EarningSimulation
from loyalty.tiers import models as tiers
from loyalty.transfers.models import HeldTransfer
from loyalty.value.models import MemberValue
from loyalty.voucher_batches.models import VoucherBatch
from loyalty.voucher_types.models import (
    VoucherFigure,
    VoucherMovement,
    VoucherTaken,
    VoucherType,
)
from loyalty.vouchers.models import Voucher, VoucherGuess, VoucherRedemption, VoucherUse

_posting: Final = table_of(Posting)
UNSAID: Final = Blanked(
    {"reason": case((_posting.c.source_kind.in_(IN_OWN_WORDS), ERASED), else_=_posting.c.reason)}
)
"""The ledger stands; what somebody wrote beside it goes."""
_fulfilment: Final = table_of(Fulfilment).c
FORGOTTEN_WHY: Final = Blanked(
    {
        "reason": case((_fulfilment.reason.in_(("", RECALLED)), _fulfilment.reason), else_=ERASED),
        "history": silenced(_fulfilment.history, "reason"),
    }
)
"""Whether it was given is accounted for; what somebody wrote about it goes."""
LEDGER: Final = Kept("the ledger must stand: every movement has two sides, for ever")
OWED: Final = Kept("what was given and is owed has to be accounted for")
DRAWN: Final = Kept("the chain of draws must stand, so that anybody can check it")
EARNED: Final = Kept("a cancelled order takes back what it gave")

ACCOUNT: Final = table_of(PointsAccount)
BY_ACCOUNT: Final = Through("account_id", ACCOUNT)

HELD: Final = (
    Held(ACCOUNT, "Your points", LEDGER),
    Held(table_of(Wallet), "What you have of each currency", LEDGER, through=BY_ACCOUNT),
    Held(
        _posting,
        "How your points moved",
        UNSAID,
        through=BY_ACCOUNT,
        hidden=("asked_by",),
    ),
    Held(table_of(Entry), "The same in double entry", LEDGER, through=BY_ACCOUNT),
    Held(table_of(Lot), "When your points expire", LEDGER, through=BY_ACCOUNT),
    Held(
        table_of(LotUse),
        "Which of them you used",
        LEDGER,
        through=Through("lot_id", table_of(Lot), further=BY_ACCOUNT),
    ),
    Held(
        table_of(Adjustment),
        "What was put right by hand",
        Blanked({"reason": ERASED, "note": ""}),
        through=BY_ACCOUNT,
    ),
    Held(table_of(FirstUse), "When you first used points", LEDGER, through=BY_ACCOUNT),
    Held(table_of(Reservation), "What you have reserved", LEDGER, through=BY_ACCOUNT),
    Held(
        table_of(HeldTransfer),
        "What you gave and a person looked at",
        Blanked({"reason": ERASED}),
        through=Through("giver_id", ACCOUNT),
    ),
    Held(
        table_of(HeldTransfer),
        "What you were given and a person looked at",
        Blanked({"reason": ERASED}),
        through=Through("taker_id", ACCOUNT),
    ),
    Held(
        table_of(WalletMove),
        "What a merge took from your account",
        LEDGER,
        through=Through("source_id", ACCOUNT),
    ),
    Held(
        table_of(WalletMove),
        "What a merge gave to your account",
        LEDGER,
        through=Through("target_id", ACCOUNT),
    ),
    Held(table_of(MemberFacts), "What earning rules know of you", Deleted()),
    Held(table_of(MemberSegment), "Segments you are in", Deleted()),
    Held(table_of(Earning), "What you earned, and for what", EARNED),
    Held(table_of(EarningCount), "What counts towards limits of earning", Deleted()),
    Held(table_of(MemberValue), "What you are worth as a member", Deleted()),
    Held(table_of(Referral), "Whom you brought", Deleted(), person="referrer_id"),
    Held(table_of(Referral), "Who brought you", Deleted(), person="referred_id"),
    Held(table_of(ReferralCode), "Your code for those you bring", Deleted()),
    Held(table_of(tiers.QualifyingPoints), "What counts towards your tier", Deleted()),
    Held(moved_row, "What was yours before a merge", Deleted(), person="owner_id"),
    Held(table_of(TierGiven), "The tier a merge gave you", Deleted()),
    Held(table_of(tiers.MemberTier), "Your tier", Deleted()),
    Held(table_of(tiers.TierChange), "How your tier changed", Deleted()),
    Held(table_of(AchievementDeed), "What counted towards achievements", Deleted()),
    Held(table_of(AchievementTally), "How far you are with achievements", Deleted()),
    Held(table_of(AchievementLevel), "What you have reached", Deleted()),
    Held(table_of(AchievementReward), "What that gave you", Deleted()),
    Held(table_of(LeaderboardDeed), "What you scored on leaderboards", Deleted()),
    Held(table_of(LeaderboardScore), "Your scores", Deleted()),
    Held(table_of(LeaderboardName), "The name you are seen by on leaderboards", Deleted()),
    Held(
        table_of(LeaderboardWinner),
        "Where you won",
        Kept("who won a prize is a rank without a name"),
    ),
    Held(table_of(ClubMembership), "Clubs you belong to, or have left", Deleted()),
    Held(table_of(Benefit), "Benefits you were given", OWED),
    Held(table_of(TaskOrder), "Orders that campaigns led to", Deleted()),
    Held(table_of(Voucher), "Your vouchers", OWED),
    Held(
        table_of(VoucherRedemption),
        "What your vouchers were used for",
        OWED,
        hidden=("redeemed_by", "ended_by"),
    ),
    Held(
        table_of(VoucherUse),
        "What each of them took off",
        OWED,
        through=Through("redemption_id", table_of(VoucherRedemption)),
    ),
    Held(table_of(CustomerMark), "Devices and accounts you were met with", Deleted()),
    Held(table_of(ScreenedAct), "Acts of yours that limits count", Deleted()),
    Held(
        table_of(ScreenedAct),
        "Acts of others with you",
        Blanked({"counterpart_id": None}),
        person="counterpart_id",
    ),
    Held(table_of(Review), "Acts of yours that a person looked at", Blanked({"note": ""})),
    Held(table_of(PrivilegePeriod), "Your privileges", Deleted()),
    Held(table_of(EndorsementShown), "What was recommended to you", Deleted()),
    Held(table_of(Endorsement), "What you recommend to others", Deleted(), person="endorser_id"),
    Held(table_of(RedPacketTake), "What you got of red packets", OWED),
    Held(table_of(Redemption), "Rewards you took for points", OWED),
    Held(table_of(RewardGiven), "Rewards you have, or had kept for you", OWED),
    Held(
        table_of(Fulfilment),
        "What you were to be given, and whether you got it",
        FORGOTTEN_WHY,
        hidden=("ended_by",),
    ),
    Held(table_of(LotteryDraw), "What you drew in lotteries", DRAWN),
    Held(table_of(LotteryChance), "What you may draw for nothing", Deleted()),
)
IMPERSONAL: Final = (
    Impersonal("what can be reached, and by what", (table_of(Achievement),)),
    Impersonal(
        "sums over many members, by month; how far they go",
        (table_of(LedgerFold), table_of(PointsFlow), table_of(MonthEnd), table_of(LotAge)),
    ),
    Impersonal(
        "which leaderboards there are, and how many have which score",
        (
            table_of(Leaderboard),
            table_of(LeaderboardPeriod),
            table_of(LeaderboardCount),
            table_of(LeaderboardShift),
        ),
    ),
    Impersonal("which clubs there are, and how many belong to them", (table_of(Club),)),
    Impersonal(
        "on which terms points are given, kept and spent",
        (
            table_of(Currency),
            table_of(CurrencyVersion),
            table_of(Programme),
            table_of(PointValue),
            table_of(tiers.Tier),
            table_of(tiers.TierVersion),
            table_of(tiers.TierLift),
            table_of(EarningRule),
            table_of(EarningCap),
            table_of(FraudRule),
            table_of(Privilege),
            table_of(TierPrivilege),
            table_of(Bundle),
            table_of(Reward),
            table_of(RewardStock),
            table_of(ReferralProgramme),
        ),
    ),
    Impersonal("a keyed hash of a device, without anybody's name", (table_of(Mark),)),
    Impersonal(
        "on which terms vouchers are made, and what has become of them in sum",
        (
            table_of(VoucherType),
            table_of(VoucherTaken),
            table_of(VoucherFigure),
            table_of(VoucherMovement),
            table_of(VoucherBatch),
        ),
    ),
    Impersonal(
        "how many wrong codes somebody asked for, under a digest that names nobody, for a day",
        (table_of(VoucherGuess),),
    ),
    Impersonal(
        "sums that are given away; who got which part stands elsewhere",
        (table_of(RedPacket), table_of(RedPacketPart)),
    ),
    Impersonal("which partners may act", (table_of(PartnerStanding),)),
    Impersonal("how far the search for lots that are due has come", (table_of(LotAgeing),)),
    Impersonal(
        "how far the ledger is watched, and ids of what does not add up",
        (
            table_of(LedgerWatch),
            table_of(LedgerRound),
            table_of(LedgerRoundSum),
            table_of(LedgerFault),
        ),
    ),
    Impersonal(
        "pools of prizes, and what was committed to; who drew what stands elsewhere",
        (table_of(Lottery), table_of(LotteryEpoch), table_of(LotteryPrize)),
    ),
    Impersonal(
        "what partners owe for points; whose points they were is said by the ledger alone",
        (table_of(PartnerPoints), table_of(PartnerPointsSettlement)),
    ),
    Impersonal(
        "what a rule would give to many; examples name them by their ids alone",
        (table_of(EarningSimulation),),
    ),
)
