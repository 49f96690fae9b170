"""The loyalty service put together."""

from functools import partial
from pathlib import Path

import strawberry

from kit.app import Service
from kit.graph.schema import make_schema
from kit.personal.collecting import collection
from kit.reactions import on
from kit.schedules import Every
from loyalty.accesses.events import AccessesNoted
from loyalty.accounts.events import AccountOpened
from loyalty.accounts.reactions import open_or_place_accounts
from loyalty.achievements.events import AchievementLost, AchievementReached
from loyalty.achievements.graph import changing as achievement_changes
from loyalty.achievements.graph.definitions import AchievementsQuery
from loyalty.adjustments.events import AdjustmentDecided, AdjustmentRequested
from loyalty.adjustments.graph import AdjustmentsMutation, AdjustmentsQuery
from loyalty.benefits.commands import end_waiting_benefits
from loyalty.benefits.events import BenefitFulfilled, BenefitRefused, BenefitReversed
from loyalty.benefits.reactions import (
    follow_orders_of_tasks,
    fulfil_benefits_of_referrals,
    fulfil_granted_benefits,
    reverse_benefits_of_cancelled_orders,
    reverse_benefits_of_referrals,
    reverse_gifts_that_came_back,
    settle_reviewed_referrals,
)
from loyalty.bundles.graph import BundlesMutation, BundlesQuery
from loyalty.clubs.commands.enrolling import end_memberships, enrol_next_page
from loyalty.clubs.events import ClubJoined, ClubLeft
from loyalty.clubs.graph import changing as club_changes
from loyalty.clubs.graph.clubs import ClubsQuery
from loyalty.clubs.reactions import reconsider_who_changed, reconsider_who_changed_segments
from loyalty.currencies.graph.changing import CurrenciesMutation, CurrenciesQuery
from loyalty.customers.graph import Customer
from loyalty.deeds.commands import count_history
from loyalty.deeds.reactions import (
    count_conversions,
    count_feedback,
    count_orders,
    count_referrals,
    count_touchpoints,
    uncount_cancelled_orders,
)
from loyalty.earning.commands.birthdays import earn_for_birthdays
from loyalty.earning.graph import changing, explaining
from loyalty.earning.reactions import (
    earn_points_for_conversions,
    earn_points_for_feedback,
    earn_points_for_orders,
    earn_points_for_referrals,
    earn_points_for_touchpoints,
    settle_reviewed_earnings,
    take_back_points_of_cancelled_orders,
    take_back_points_of_disqualified_referrals,
)
from loyalty.endorsements.graph import EndorsementsMutation, EndorsementsQuery
from loyalty.entity import metadata
from loyalty.erasure import models as erasure
from loyalty.erasure.commands import confirm_erasures
from loyalty.erasure.events import ErasureConfirmed
from loyalty.erasure.reactions import erase_customer
from loyalty.fraud.commands.marks import forget_old_acts
from loyalty.fraud.events import ReviewOpened
from loyalty.fraud.graph.changing import FraudRulesMutation, FraudRulesQuery
from loyalty.fraud.reactions import note_marks_of_touchpoints
from loyalty.fulfilments.commands import measure_overdue_fulfilments
from loyalty.fulfilments.events import FulfilmentRecalled, FulfilmentRequested
from loyalty.fulfilments.graph import FulfilmentsMutation, FulfilmentsQuery
from loyalty.fulfilments.reactions import note_completed_fulfilments, note_failed_fulfilments
from loyalty.leaderboards.commands.freezing import (
    add_shifts,
    clear_periods,
    freeze_periods,
    reward_winners,
)
from loyalty.leaderboards.events import LeaderboardWon
from loyalty.leaderboards.graph import changing as leaderboard_changes
from loyalty.leaderboards.graph.boards import MemberLeaderboardsQuery
from loyalty.ledger.graph import LedgerQuery
from loyalty.lottery import rest as lottery
from loyalty.lottery.commands.epochs import turn_lotteries
from loyalty.lottery.events import LotteryDrawn, LotteryOpened, LotteryRevealed
from loyalty.lottery.graph import changing as lottery_changing
from loyalty.lottery.graph.changing import LotteriesMutation
from loyalty.lottery.graph.lottery import LotteriesQuery
from loyalty.members.reactions import keep_facts_of_members
from loyalty.merging.commands import gather_stray_rows
from loyalty.merging.reactions import move_back_to_restored, move_to_survivor
from loyalty.points.commands.ageing import age_lots
from loyalty.points.events import TOLD, PointsExpiring
from loyalty.points.graph import account, moving
from loyalty.privileges.commands import end_privileges
from loyalty.privileges.events import PrivilegeEnded, PrivilegeGiven
from loyalty.privileges.graph import PrivilegesMutation, PrivilegesQuery
from loyalty.red_packets import rest as red_packets
from loyalty.red_packets.commands.opening import end_red_packets
from loyalty.red_packets.events import (
    RedPacketEmptied,
    RedPacketEnded,
    RedPacketOpened,
    RedPacketReturned,
    RedPacketTaken,
)
from loyalty.red_packets.graph import changing as red_packets_changing
from loyalty.red_packets.graph.changing import RedPacketsMutation
from loyalty.red_packets.graph.packet import RedPacketsQuery
from loyalty.red_packets.reactions import settle_reviewed_parts
from loyalty.redemptions.commands.settling import end_redemptions
from loyalty.redemptions.events import (
    RedemptionConfirmed,
    RedemptionFailed,
    RedemptionFulfilled,
    RedemptionReleased,
    RedemptionReserved,
)
from loyalty.redemptions.graph.redeeming import RedemptionsMutation
from loyalty.redemptions.graph.redeeming import answered as redemption_answers
from loyalty.redemptions.graph.redemptions import RedemptionsQuery
from loyalty.redemptions.reactions import (
    fail_redemptions_not_handed_out,
    fulfil_redemptions_handed_out,
    go_on_with_reviewed_redemptions,
    release_redemptions_of_the_erased,
)
from loyalty.referrals.events import ReferralDisqualified, ReferralQualified
from loyalty.referrals.graph.programme import ReferralProgrammeMutation, ReferralProgrammeQuery
from loyalty.referrals.graph.referrals import ReferralsMutation
from loyalty.referrals.graph.referrals import answered as referral_answers
from loyalty.referrals.reactions import keep_referrals_of_touchpoints
from loyalty.reports import rest as reports
from loyalty.reports.commands import fold_ledger
from loyalty.reports.graph.movements import MovementsQuery
from loyalty.reports.graph.standing import StandingQuery
from loyalty.reservations.commands import end_reservations
from loyalty.reservations.graph import ReservationsMutation, ReservationsQuery
from loyalty.reviews.commands import escalate_reviews
from loyalty.reviews.events import ReviewDecided, ReviewEscalated
from loyalty.reviews.graph.deciding import ReviewsMutation, ReviewsQuery
from loyalty.reviews.graph.deciding import answered as review_answers
from loyalty.rewards.graph import catalogue as rewards
from loyalty.rewards.graph.changing import RewardsMutation
from loyalty.segments.reactions import keep_members_of_segments
from loyalty.settings import settings
from loyalty.settlements.commands import settle_partner_points
from loyalty.settlements.events import PartnerPointsSettled
from loyalty.settlements.graph import SettlementsQuery
from loyalty.simulations.commands import continue_simulations
from loyalty.simulations.graph import SimulationsMutation, SimulationsQuery
from loyalty.tiers.commands import review_tiers
from loyalty.tiers.events import TierChanged
from loyalty.tiers.graph import TiersMutation, TiersQuery
from loyalty.transfers import graph as transfers
from loyalty.transfers.graph import TransfersMutation
from loyalty.transfers.reactions import settle_reviewed_transfer
from loyalty.value.reactions import value_feedback, value_taking_part
from loyalty.voucher_batches import rest as voucher_batches
from loyalty.voucher_batches.commands.making import make_vouchers
from loyalty.voucher_batches.commands.withdrawing import withdraw_batches
from loyalty.voucher_batches.graph import VoucherBatchesMutation, VoucherBatchesQuery
from loyalty.voucher_types.commands.counting import fold_voucher_figures
from loyalty.voucher_types.graph.changing import VoucherTypesMutation, VoucherTypesQuery
from loyalty.voucher_types.graph.changing import answered as voucher_type_answers
from loyalty.vouchers.commands.expiring import expire_vouchers
from loyalty.vouchers.commands.freeing import end_voucher_reservations
from loyalty.vouchers.commands.guessing import forget_guesses
from loyalty.vouchers.events import (
    VoucherExpired,
    VoucherIssued,
    VoucherRedeemed,
    VoucherReleased,
)
from loyalty.vouchers.graph.asking import VouchersQuery
from loyalty.vouchers.graph.issuing import IssuingMutation
from loyalty.vouchers.graph.refusals import answered as voucher_answers
from loyalty.vouchers.graph.spending import VouchersMutation
from loyalty.vouchers.reactions import give_vouchers_of_cancelled_orders_back

remember = partial(on, person="customer_id")
"""For what is kept about customers: of those who were erased nothing is heard."""


@strawberry.type
class Query(
    account.PointsQuery,
    AdjustmentsQuery,
    CurrenciesQuery,
    ReservationsQuery,
    rewards.RewardsQuery,
    RedemptionsQuery,
    LedgerQuery,
    MovementsQuery,
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
    SimulationsMutation,
    ReferralsMutation,
    TiersMutation,
    PrivilegesMutation,
    EndorsementsMutation,
    BundlesMutation,
    RedPacketsMutation,
    club_changes.ClubsMutation,
    VoucherTypesMutation,
    VoucherBatchesMutation,
    VouchersMutation,
    IssuingMutation,
    FraudRulesMutation,
    CurrenciesMutation,
    ReviewsMutation,
    achievement_changes.AchievementsMutation,
    LotteriesMutation,
    ReferralProgrammeMutation,
    leaderboard_changes.MemberLeaderboardsMutation,
):
    pass


loyalty = Service(
    name="loyalty",
    summary="What the customer gets: points, tiers, benefits.",
    schema=make_schema(
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
            *club_changes.answered,
            *voucher_type_answers,
            *voucher_answers,
            *review_answers,
            *achievement_changes.answered,
            *lottery_changing.answered,
            *leaderboard_changes.answered,
        ],
    ),
    metadata=metadata,
    migrations=Path(__file__).parents[2] / "migrations",
    followed_claims=["customer"],
    settings=settings,
    events=[
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
        LotteryOpened,
        LotteryDrawn,
        LotteryRevealed,
        LeaderboardWon,
    ],
    reactions=[
        on("octoreach.customer.customer.merged.v1", move_to_survivor, alone=True),
        on("octoreach.customer.customer.unmerged.v1", move_back_to_restored, alone=True),
        remember("octoreach.customer.customer.registered.v1", open_or_place_accounts),
        remember("octoreach.customer.customer.changed.v1", open_or_place_accounts),
        remember("octoreach.customer.customer.registered.v1", keep_facts_of_members),
        remember("octoreach.customer.customer.changed.v1", keep_facts_of_members),
        remember("octoreach.customer.customer.registered.v1", reconsider_who_changed),
        remember("octoreach.customer.customer.changed.v1", reconsider_who_changed),
        remember("octoreach.loyalty.tier.changed.v1", reconsider_who_changed),
        remember("octoreach.channel.order.placed.v1", follow_orders_of_tasks),
        on("octoreach.channel.order.cancelled.v1", reverse_benefits_of_cancelled_orders),
        remember("octoreach.channel.touchpoint.reported.v1", keep_referrals_of_touchpoints),
        remember("octoreach.channel.order.placed.v1", earn_points_for_orders),
        on("octoreach.channel.order.cancelled.v1", take_back_points_of_cancelled_orders),
        on("octoreach.channel.order.cancelled.v1", give_vouchers_of_cancelled_orders_back),
        remember("octoreach.campaign.conversion.attributed.v1", earn_points_for_conversions),
        remember("octoreach.channel.touchpoint.reported.v1", earn_points_for_touchpoints),
        remember("octoreach.customer.feedback.given.v1", earn_points_for_feedback),
        on("octoreach.loyalty.referral.qualified.v1", fulfil_benefits_of_referrals),
        on("octoreach.loyalty.referral.disqualified.v1", reverse_benefits_of_referrals),
        on("octoreach.loyalty.review.decided.v1", settle_reviewed_referrals),
        on("octoreach.loyalty.referral.qualified.v1", earn_points_for_referrals),
        on(
            "octoreach.loyalty.referral.disqualified.v1",
            take_back_points_of_disqualified_referrals,
        ),
        on("octoreach.loyalty.review.decided.v1", settle_reviewed_earnings),
        on("octoreach.loyalty.review.decided.v1", settle_reviewed_parts),
        remember("octoreach.channel.order.placed.v1", count_orders),
        on("octoreach.channel.order.cancelled.v1", uncount_cancelled_orders),
        remember("octoreach.campaign.conversion.attributed.v1", count_conversions),
        remember("octoreach.channel.touchpoint.reported.v1", count_touchpoints),
        remember("octoreach.customer.feedback.given.v1", count_feedback),
        remember("octoreach.loyalty.referral.qualified.v1", count_referrals),
        on("octoreach.loyalty.review.decided.v1", settle_reviewed_transfer),
        remember("octoreach.channel.touchpoint.reported.v1", value_taking_part),
        remember("octoreach.customer.feedback.given.v1", value_feedback),
        remember("octoreach.channel.touchpoint.reported.v1", note_marks_of_touchpoints),
        on("octoreach.campaign.benefit.granted.v1", fulfil_granted_benefits),
        on("octoreach.customer.segment.changed.v1", keep_members_of_segments),
        on("octoreach.customer.segment.changed.v1", reconsider_who_changed_segments),
        on("octoreach.channel.fulfilment.completed.v1", note_completed_fulfilments),
        on("octoreach.channel.fulfilment.failed.v1", note_failed_fulfilments),
        on("octoreach.channel.fulfilment.failed.v1", reverse_gifts_that_came_back),
        on("octoreach.channel.fulfilment.completed.v1", fulfil_redemptions_handed_out),
        on("octoreach.channel.fulfilment.failed.v1", fail_redemptions_not_handed_out),
        on("octoreach.loyalty.review.decided.v1", go_on_with_reviewed_redemptions),
        on("octoreach.customer.erasure.requested.v1", release_redemptions_of_the_erased),
        on("octoreach.customer.erasure.requested.v1", erase_customer),
    ],
    routers=[
        collection(erasure.HELD),
        red_packets.router,
        reports.router,
        voucher_batches.router,
        lottery.router,
    ],
    schedules=[
        Every(5, confirm_erasures),
        Every(10, age_lots),
        Every(5, end_reservations),
        Every(5, end_redemptions),
        Every(60, gather_stray_rows),
        Every(300, review_tiers),
        Every(5, continue_simulations),
        Every(600, earn_for_birthdays),
        Every(2, enrol_next_page),
        Every(2, count_history),
        Every(2, add_shifts),
        Every(10, freeze_periods),
        Every(5, reward_winners),
        Every(60, clear_periods),
        Every(60, end_memberships),
        Every(3_600, settle_partner_points),
        Every(3_600, forget_old_acts),
        Every(30, end_privileges),
        Every(5, end_red_packets),
        Every(60, measure_overdue_fulfilments),
        Every(30, fold_ledger),
        Every(2, make_vouchers),
        Every(5, withdraw_batches),
        Every(5, end_voucher_reservations),
        Every(10, expire_vouchers),
        Every(5, fold_voucher_figures),
        Every(3_600, forget_guesses),
        Every(60, escalate_reviews),
        Every(10, turn_lotteries),
        Every(60, end_waiting_benefits),
    ],
)
