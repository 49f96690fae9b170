"""The loyalty service's part of the graph, put together."""

import strawberry

from kit.graph.schema import make_schema
from loyalty.achievements.graph import changing as achievement_changes
from loyalty.achievements.graph.definitions import AchievementsQuery
from loyalty.achievements.graph.rewards import (
    AchievementRewardsMutation,
    AchievementRewardsQuery,
)
from loyalty.adjustments.graph import AdjustmentsMutation, AdjustmentsQuery
from loyalty.bundles.graph import BundlesMutation, BundlesQuery
from loyalty.clubs.graph import changing as club_changes
from loyalty.clubs.graph.clubs import ClubsQuery
from loyalty.currencies.graph.changing import CurrenciesMutation, CurrenciesQuery
from loyalty.customers.graph import Customer
from loyalty.earning.graph import changing, explaining
from loyalty.earning.graph.pending import PendingPointsMutation
from loyalty.endorsements.graph import EndorsementsMutation, EndorsementsQuery
from loyalty.fraud.graph.changing import FraudRulesMutation, FraudRulesQuery
from loyalty.fulfilments.graph import FulfilmentsMutation, FulfilmentsQuery
from loyalty.leaderboards.graph import changing as leaderboard_changes
from loyalty.leaderboards.graph.boards import MemberLeaderboardsQuery
from loyalty.ledger.graph import LedgerQuery
from loyalty.lottery.graph import changing as lottery_changing
from loyalty.lottery.graph import drawing as lottery_drawing
from loyalty.lottery.graph.changing import LotteriesMutation
from loyalty.lottery.graph.drawing import LotteryDrawsMutation
from loyalty.lottery.graph.lottery import LotteriesQuery
from loyalty.point_value.graph import PointValueMutation, PointValueQuery
from loyalty.points.graph import account, moving
from loyalty.points.graph.by_hand import ByHandQuery
from loyalty.privileges.graph import PrivilegesMutation, PrivilegesQuery
from loyalty.red_packets.graph import changing as red_packets_changing
from loyalty.red_packets.graph import grabbing as red_packets_grabbing
from loyalty.red_packets.graph.changing import RedPacketsMutation
from loyalty.red_packets.graph.grabbing import RedPacketGrabsMutation
from loyalty.red_packets.graph.packet import RedPacketsQuery
from loyalty.redemptions.graph.redeeming import RedemptionsMutation
from loyalty.redemptions.graph.redeeming import answered as redemption_answers
from loyalty.redemptions.graph.redemptions import RedemptionsQuery
from loyalty.referrals.graph.programme import ReferralProgrammeMutation, ReferralProgrammeQuery
from loyalty.referrals.graph.referrals import ReferralsMutation
from loyalty.referrals.graph.referrals import answered as referral_answers
from loyalty.reports.graph.costs import CostsQuery
from loyalty.reports.graph.movements import MovementsQuery
from loyalty.reports.graph.standing import StandingQuery
from loyalty.reservations.graph import ReservationsMutation, ReservationsQuery
from loyalty.reviews.graph.deciding import ReviewsMutation, ReviewsQuery
from loyalty.reviews.graph.deciding import answered as review_answers
from loyalty.rewards.graph import catalogue as rewards
from loyalty.rewards.graph.changing import RewardsMutation
from loyalty.settlements.graph import SettlementsQuery
from loyalty.simulations.graph import SimulationsMutation, SimulationsQuery
from loyalty.tiers.graph.changing import TiersMutation
from loyalty.tiers.graph.ladder import TiersQuery
from loyalty.transfers import graph as transfers
from loyalty.transfers.graph import TransfersMutation
from loyalty.voucher_batches.graph import VoucherBatchesMutation, VoucherBatchesQuery
from loyalty.voucher_types.graph.changing import VoucherTypesMutation, VoucherTypesQuery
from loyalty.voucher_types.graph.changing import answered as voucher_type_answers
from loyalty.vouchers.graph.asking import VouchersQuery
from loyalty.vouchers.graph.issuing import IssuingMutation
from loyalty.vouchers.graph.refusals import answered as voucher_answers
from loyalty.vouchers.graph.spending import VouchersMutation


@strawberry.type
class Query(
    account.PointsQuery,
    ByHandQuery,
    AdjustmentsQuery,
    CurrenciesQuery,
    PointValueQuery,
    ReservationsQuery,
    rewards.RewardsQuery,
    RedemptionsQuery,
    LedgerQuery,
    MovementsQuery,
    CostsQuery,
    StandingQuery,
    changing.EarningRulesQuery,
    explaining.EarningsQuery,
    FulfilmentsQuery,
    SettlementsQuery,
    SimulationsQuery,
    TiersQuery,
    PrivilegesQuery,
    EndorsementsQuery,
    BundlesQuery,
    RedPacketsQuery,
    ClubsQuery,
    VoucherTypesQuery,
    VoucherBatchesQuery,
    VouchersQuery,
    FraudRulesQuery,
    ReviewsQuery,
    AchievementsQuery,
    AchievementRewardsQuery,
    LotteriesQuery,
    ReferralProgrammeQuery,
    MemberLeaderboardsQuery,
):
    pass


@strawberry.type
class Mutation(
    moving.PointsMutation,
    ReservationsMutation,
    RewardsMutation,
    RedemptionsMutation,
    TransfersMutation,
    AdjustmentsMutation,
    FulfilmentsMutation,
    changing.EarningRulesMutation,
    PendingPointsMutation,
    SimulationsMutation,
    ReferralsMutation,
    TiersMutation,
    PrivilegesMutation,
    EndorsementsMutation,
    BundlesMutation,
    RedPacketsMutation,
    RedPacketGrabsMutation,
    club_changes.ClubsMutation,
    VoucherTypesMutation,
    VoucherBatchesMutation,
    VouchersMutation,
    IssuingMutation,
    FraudRulesMutation,
    CurrenciesMutation,
    PointValueMutation,
    ReviewsMutation,
    achievement_changes.AchievementsMutation,
    AchievementRewardsMutation,
    LotteriesMutation,
    LotteryDrawsMutation,
    ReferralProgrammeMutation,
    leaderboard_changes.MemberLeaderboardsMutation,
):
    pass


schema = make_schema(
    query=Query,
    mutation=Mutation,
    types=[Customer, rewards.Reward],
    answered=[
        *moving.answered,
        *transfers.answered,
        *changing.answered,
        *referral_answers,
        *redemption_answers,
        *red_packets_changing.answered,
        *red_packets_grabbing.answered,
        *club_changes.answered,
        *voucher_type_answers,
        *voucher_answers,
        *review_answers,
        *achievement_changes.answered,
        *lottery_changing.answered,
        *lottery_drawing.answered,
        *leaderboard_changes.answered,
    ],
)
