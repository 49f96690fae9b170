"""The loyalty service put together."""

from pathlib import Path

from kit.app import Service
from kit.personal.collecting import collection
from kit.schedules import Every
from loyalty.achievements.commands.rewarding import give_rewards
from loyalty.benefits.commands import end_waiting_benefits
from loyalty.clubs.commands.enrolling import end_memberships, enrol_next_page
from loyalty.deeds.commands import count_history
from loyalty.earning.commands.birthdays import earn_for_birthdays
from loyalty.entity import metadata
from loyalty.erasure import models as erasure
from loyalty.erasure.commands import confirm_erasures
from loyalty.fraud.commands.marks import forget_old_acts
from loyalty.fulfilments.commands import measure_overdue_fulfilments
from loyalty.heard import REACTIONS
from loyalty.leaderboards.commands.freezing import (
    add_shifts,
    clear_periods,
    freeze_periods,
    reward_winners,
)
from loyalty.ledger.commands import look_through_ledger, measure_ledger, watch_ledger
from loyalty.lottery import rest as lottery
from loyalty.lottery.commands.epochs import turn_lotteries
from loyalty.merging.commands import gather_stray_rows
from loyalty.points.commands.ageing import age_lots
from loyalty.points.commands.waiting import hold_members
from loyalty.privileges.commands import end_privileges
from loyalty.red_packets import rest as red_packets
from loyalty.red_packets.commands.opening import end_red_packets
from loyalty.redemptions.commands.settling import end_redemptions
from loyalty.reports import rest as reports
from loyalty.reports.commands import fold_ledger
from loyalty.reservations.commands import end_reservations
from loyalty.reviews.commands import escalate_reviews
from loyalty.schema import schema
from loyalty.settings import settings
from loyalty.settlements.commands import settle_partner_points
from loyalty.simulations.commands import continue_simulations
from loyalty.tiers.commands import lift_members, review_tiers
from loyalty.told import EVENTS
from loyalty.voucher_batches import rest as voucher_batches
from loyalty.voucher_batches.commands.making import make_vouchers
from loyalty.voucher_batches.commands.withdrawing import withdraw_batches
from loyalty.voucher_types.commands.counting import fold_voucher_figures
from loyalty.vouchers.commands.expiring import expire_vouchers
from loyalty.vouchers.commands.freeing import end_voucher_reservations
from loyalty.vouchers.commands.guessing import forget_guesses
from loyalty.vouchers.rest import till

loyalty = Service(
    name="loyalty",
    summary="What the customer gets: points, tiers, benefits.",
    schema=schema,
    metadata=metadata,
    migrations=Path(__file__).parents[2] / "migrations",
    followed_claims=["customer"],
    settings=settings,
    events=EVENTS,
    reactions=REACTIONS,
    hold=hold_members,
    routers=[
        collection(erasure.HELD),
        red_packets.router,
        reports.router,
        voucher_batches.router,
        lottery.router,
        till.router,
    ],
    measures=[measure_overdue_fulfilments, measure_ledger],
    schedules=[
        Every(5, confirm_erasures),
        Every(10, age_lots),
        Every(5, end_reservations),
        Every(5, end_redemptions),
        Every(60, gather_stray_rows),
        Every(300, review_tiers),
        Every(5, lift_members),
        Every(5, continue_simulations),
        Every(600, earn_for_birthdays),
        Every(2, enrol_next_page),
        Every(2, count_history),
        Every(2, give_rewards),
        Every(2, add_shifts),
        Every(10, freeze_periods),
        Every(5, reward_winners),
        Every(60, clear_periods),
        Every(60, end_memberships),
        Every(3_600, settle_partner_points),
        Every(3_600, forget_old_acts),
        Every(30, end_privileges),
        Every(5, end_red_packets),
        Every(30, fold_ledger),
        Every(30, watch_ledger),
        Every(5, look_through_ledger),
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
