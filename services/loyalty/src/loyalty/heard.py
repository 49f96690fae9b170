"""What the loyalty service hears, and does about it."""

from functools import partial
from typing import Final

from kit.reactions import Reaction, on
from loyalty.accounts.reactions import open_or_place_accounts
from loyalty.benefits.reactions import (
    follow_orders_of_tasks,
    fulfil_benefits_of_referrals,
    fulfil_granted_benefits,
    reverse_benefits_of_cancelled_orders,
    reverse_benefits_of_referrals,
    reverse_gifts_that_came_back,
    settle_reviewed_referrals,
)
from loyalty.clubs.reactions import reconsider_who_changed, reconsider_who_changed_segments
from loyalty.deeds.reactions import (
    count_conversions,
    count_feedback,
    count_orders,
    count_referrals,
    count_touchpoints,
    uncount_cancelled_orders,
    uncount_disqualified_referrals,
)
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
from loyalty.erasure.reactions import erase_customer
from loyalty.fraud.reactions import note_marks_of_orders, note_marks_of_touchpoints
from loyalty.fulfilments.reactions import note_completed_fulfilments, note_failed_fulfilments
from loyalty.members.reactions import keep_facts_of_members
from loyalty.merging.reactions import move_back_to_restored, move_to_survivor
from loyalty.partners.reactions import keep_standing_of_partners
from loyalty.red_packets.reactions import (
    leave_packets_that_nobody_pays_for,
    open_packets_that_are_paid_for,
    settle_reviewed_parts,
)
from loyalty.redemptions.reactions import (
    fail_redemptions_not_handed_out,
    fulfil_redemptions_handed_out,
    go_on_with_reviewed_redemptions,
    release_redemptions_of_the_erased,
)
from loyalty.referrals.reactions import keep_referrals_of_touchpoints
from loyalty.segments.reactions import keep_members_of_segments
from loyalty.transfers.reactions import settle_reviewed_transfer
from loyalty.value.reactions import value_feedback, value_taking_part
from loyalty.vouchers.reactions import (
    give_vouchers_of_cancelled_orders_back,
    withdraw_vouchers_of_the_erased,
)

remember = partial(on, person="customer_id")
"""For what is kept about customers: of those who were erased nothing is heard."""

give = partial(remember, holds="customer_id")
settle = partial(on, holds="customer_id")
"""For what is given to customers, and taken back: their accounts are held meanwhile."""

REACTIONS: Final[tuple[Reaction, ...]] = (
    on("octoreach.customer.customer.merged.v1", move_to_survivor, alone=True),
    on("octoreach.customer.customer.unmerged.v1", move_back_to_restored, alone=True),
    give("octoreach.customer.customer.registered.v1", open_or_place_accounts),
    give("octoreach.customer.customer.changed.v1", open_or_place_accounts),
    remember("octoreach.customer.customer.registered.v1", keep_facts_of_members),
    remember("octoreach.customer.customer.changed.v1", keep_facts_of_members),
    remember("octoreach.customer.customer.registered.v1", reconsider_who_changed),
    remember("octoreach.customer.customer.changed.v1", reconsider_who_changed),
    remember("octoreach.loyalty.tier.changed.v1", reconsider_who_changed),
    on("octoreach.campaign.allotment.made.v1", open_packets_that_are_paid_for),
    on("octoreach.campaign.allotment.refused.v1", leave_packets_that_nobody_pays_for),
    give("octoreach.channel.order.placed.v1", follow_orders_of_tasks),
    settle("octoreach.channel.order.cancelled.v1", reverse_benefits_of_cancelled_orders),
    remember("octoreach.channel.touchpoint.reported.v1", keep_referrals_of_touchpoints),
    give("octoreach.channel.order.placed.v1", earn_points_for_orders),
    settle("octoreach.channel.order.cancelled.v1", take_back_points_of_cancelled_orders),
    settle("octoreach.channel.order.cancelled.v1", give_vouchers_of_cancelled_orders_back),
    give("octoreach.campaign.conversion.attributed.v1", earn_points_for_conversions),
    remember("octoreach.channel.touchpoint.reported.v1", earn_points_for_touchpoints),
    give("octoreach.customer.feedback.given.v1", earn_points_for_feedback),
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
    on("octoreach.loyalty.referral.disqualified.v1", uncount_disqualified_referrals),
    on("octoreach.loyalty.review.decided.v1", settle_reviewed_transfer),
    remember("octoreach.channel.touchpoint.reported.v1", value_taking_part),
    remember("octoreach.customer.feedback.given.v1", value_feedback),
    remember("octoreach.channel.customer.recognised.v1", note_marks_of_orders),
    remember("octoreach.channel.touchpoint.reported.v1", note_marks_of_touchpoints),
    settle("octoreach.campaign.benefit.granted.v1", fulfil_granted_benefits),
    on("octoreach.channel.partner.advanced.v1", keep_standing_of_partners),
    on("octoreach.customer.segment.changed.v1", keep_members_of_segments),
    on("octoreach.customer.segment.changed.v1", reconsider_who_changed_segments),
    on("octoreach.channel.fulfilment.completed.v1", note_completed_fulfilments),
    on("octoreach.channel.fulfilment.failed.v1", note_failed_fulfilments),
    settle("octoreach.channel.fulfilment.failed.v1", reverse_gifts_that_came_back),
    on("octoreach.channel.fulfilment.completed.v1", fulfil_redemptions_handed_out),
    on("octoreach.channel.fulfilment.failed.v1", fail_redemptions_not_handed_out),
    on("octoreach.loyalty.review.decided.v1", go_on_with_reviewed_redemptions),
    on("octoreach.customer.erasure.requested.v1", release_redemptions_of_the_erased),
    on("octoreach.customer.erasure.requested.v1", withdraw_vouchers_of_the_erased),
    on("octoreach.customer.erasure.requested.v1", erase_customer),
)
