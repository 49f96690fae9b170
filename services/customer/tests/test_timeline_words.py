"""Every report reads as a line for people."""

from uuid import uuid4

import pytest
from services.customer.tests.timelines import NOON, TOUCHPOINT, timeline

from customer.timeline.reactions import HEARD
from kit.testing.harness import Harness

IDS = {
    name: str(uuid4())
    for name in (
        "touchpoint_id",
        "task_id",
        "order_id",
        "decision_id",
        "campaign_id",
        "offer_id",
        "conversion_id",
        "posting_id",
        "account_id",
        "redemption_id",
        "fulfilment_id",
        "draw_id",
        "referral_id",
    )
}
REDEMPTION = {
    "reward_code": "mug",
    "title": "A mug",
    "quantity": 2,
    "currency": "points",
    "price": 120,
    "reason": None,
    "at": NOON,
}
FULFILMENT = {
    "attempt": 1,
    "title": "Top-up",
    "quantity": 1,
    "amount_minor": 5_000,
    "currency": "CNY",
    "reward_code": "fifty",
    "partner_code": None,
}
ENDED = {
    "attempt": 1,
    "source_kind": "red_packet",
    "reference": "R-1",
    "reason": "",
    "by": "fang",
    "at": NOON,
}
PACKET = {"code": "spring", "number": 3, "currency": "cash_back", "amount": 250, "held": False}
MOVED = {"points": -30, "reason": "A mug", "source_id": "o", "balance": 70}
REPORTS: dict[str, tuple[dict, str, str]] = {
    "loyalty.redemption.reserved": (
        REDEMPTION,
        "redemption_reserved",
        "2 x A mug kept for 120 points",
    ),
    "loyalty.redemption.confirmed": (
        REDEMPTION,
        "redemption_confirmed",
        "2 x A mug for 120 points",
    ),
    "loyalty.redemption.fulfilled": (REDEMPTION, "redemption_fulfilled", "Has 2 x A mug"),
    "loyalty.redemption.released": (
        REDEMPTION | {"reason": "given_up"},
        "redemption_released",
        "2 x A mug no longer kept: 120 points free again",
    ),
    "loyalty.redemption.failed": (
        REDEMPTION | {"quantity": 1, "reason": "no_voucher"},
        "redemption_failed",
        "A mug could not be handed out: 120 points came back",
    ),
    "loyalty.fulfilment.requested": (
        FULFILMENT,
        "fulfilment_requested",
        "To be handed out: Top-up of 50.00 CNY",
    ),
    "loyalty.fulfilment.recalled": (
        FULFILMENT | {"amount_minor": 0, "currency": ""},
        "fulfilment_recalled",
        "No longer owed: Top-up",
    ),
    "channel.fulfilment.completed": (
        ENDED,
        "fulfilment_completed",
        "Handed out: what a red packet gave",
    ),
    "channel.fulfilment.failed": (
        ENDED | {"reason": "lost"},
        "fulfilment_failed",
        "Could not be handed out: what a red packet gave",
    ),
    "loyalty.lottery.drawn": (
        {"code": "wheel", "outcome": "blank", "prize_code": None},
        "lottery_drawn",
        "Drew a blank in wheel",
    ),
    "loyalty.red_packet.taken": (
        PACKET,
        "red_packet_taken",
        "Took 250 cash_back of a red packet",
    ),
    "loyalty.red_packet.returned": (
        PACKET,
        "red_packet_returned",
        "250 cash_back of a red packet went back",
    ),
    "loyalty.referral.qualified": (
        {"qualified_at": NOON},
        "referral_qualified",
        "Somebody they brought has ordered",
    ),
    "loyalty.referral.disqualified": (
        {"reason": "order_cancelled"},
        "referral_disqualified",
        "Somebody they brought counts no longer",
    ),
    "loyalty.voucher.released": (
        {
            "voucher_type_code": "ten",
            "voucher_type_name": "Ten off",
            "reason": "timed_out",
        },
        "voucher_released",
        "May use Ten off again",
    ),
    "loyalty.points.matured": (
        MOVED | {"points": 30},
        "points_matured",
        "30 points may be spent now",
    ),
    "loyalty.points.locked": (MOVED, "points_locked", "30 points are kept back"),
    "loyalty.points.released": (MOVED, "points_released", "30 points are free again"),
    "loyalty.points.expiring": (
        {"points": 30, "expires_at": "2026-06-01T00:00:00Z"},
        "points_expiring",
        "30 points will expire",
    ),
    "loyalty.achievement.rewarded": (
        {"level_id": str(uuid4()), "kind": "lottery", "reference": "wheel", "many": 3},
        "achievement_rewarded",
        "A level gave a lottery (3)",
    ),
    "loyalty.achievement.withheld": (
        {
            "level_id": str(uuid4()),
            "kind": "reward",
            "reference": "mug",
            "many": 1,
            "reason": "none left",
        },
        "achievement_withheld",
        "A level could not give a reward",
    ),
    "loyalty.account.opened": ({}, "account_opened", "Takes part in loyalty"),
    "campaign.benefit.granted": (
        {"kind": "red_packet", "reference": "spring"},
        "benefit_granted",
        "Was promised: red packet",
    ),
    "channel.task.progressed": (
        {
            "status": "no_answer",
            "channel_code": "sms",
            "reason": None,
            "by": "p1",
            "occurred_at": NOON,
        },
        "task_progressed",
        "Task no answer at sms",
    ),
    "channel.order.placed": (
        {
            "channel_code": "web",
            "amount_minor": 2985,
            "currency": "USD",
            "lines": [{"product_code": "cd", "quantity": 2, "amount_minor": 2985}],
            "placed_at": NOON,
        },
        "order_placed",
        "Ordered for 29.85 USD",
    ),
    "channel.order.cancelled": (
        {"amount_minor": 2985, "currency": "USD", "cancelled_at": NOON},
        "order_cancelled",
        "Cancelled an order for 29.85 USD",
    ),
    "campaign.decision.made": (
        {"outcome": "held_out", "channel_code": "web", "decided_at": NOON},
        "decision",
        "Left alone as a control",
    ),
    "campaign.task.dispatched": (
        {"campaign_code": "spring", "offer_name": "Spring data", "channel_code": "sms"},
        "task_dispatched",
        "Spring data sent to sms",
    ),
    "campaign.task.closed": (
        {"channel_code": "sms", "status": "fulfilled"},
        "task_closed",
        "Task fulfilled",
    ),
    "campaign.conversion.attributed": (
        {"arm": "treatment", "amount_minor": 9900, "currency": "CNY"},
        "conversion",
        "Converted for 99.00 CNY",
    ),
    "loyalty.points.earned": (
        {"points": 30, "reason": "order", "balance": 130, "usable_at": "2026-12-06T08:00:00Z"},
        "points_earned",
        "Earned 30 points, usable from 2026-12-06",
    ),
    "loyalty.points.spent": (
        {"points": 30, "reason": "gift", "source_id": "o", "balance": 100},
        "points_spent",
        "Spent 30 points",
    ),
    "loyalty.points.reversed": (
        {"points": 30, "reason": "order cancelled", "source_id": "o", "balance": 70},
        "points_reversed",
        "30 points were taken back",
    ),
    "loyalty.points.returned": (
        {"points": 30, "reason": "returned", "source_id": "o", "balance": 100},
        "points_returned",
        "30 points were given back",
    ),
    "loyalty.points.expired": (
        {"points": 30, "reason": "expired", "source_id": "o", "balance": 70},
        "points_expired",
        "30 points expired",
    ),
    "loyalty.points.adjusted": (
        {"points": -30, "reason": "by hand", "source_id": "o", "balance": 70},
        "points_adjusted",
        "Points adjusted by -30",
    ),
    "loyalty.points.transferred": (
        {"points": -30, "reason": "a gift", "source_id": "o", "balance": 70},
        "points_transferred",
        "30 points went to another",
    ),
    "loyalty.club.joined": (
        {"club_code": "runners", "club_name": "Runners", "how": "asking"},
        "club_joined",
        "Joined the club Runners",
    ),
    "loyalty.club.left": (
        {"club_code": "runners", "club_name": "Runners", "how": "rule"},
        "club_left",
        "Left the club Runners",
    ),
    "loyalty.achievement.reached": (
        {
            "achievement_code": "buyer",
            "achievement_name": "Buyer",
            "level": 2,
            "level_name": "silver",
            "cycle": "",
            "points": 20,
        },
        "achievement_reached",
        "Reached silver of Buyer",
    ),
    "loyalty.achievement.lost": (
        {
            "achievement_code": "buyer",
            "achievement_name": "Buyer",
            "level": 2,
            "level_name": "silver",
            "cycle": "2026-11",
            "points": 0,
        },
        "achievement_lost",
        "Lost silver of Buyer",
    ),
    "loyalty.leaderboard.won": (
        {
            "leaderboard_code": "buyers",
            "leaderboard_name": "Buyers",
            "starts_on": "2026-11-01",
            "rank": 2,
            "score": 30,
            "points": 100,
        },
        "leaderboard_won",
        "Number 2 of Buyers",
    ),
    "loyalty.tier.changed": (
        {"version": 2, "from_tier": None, "to_tier": "gold"},
        "tier_changed",
        "Tier is now gold",
    ),
    "loyalty.benefit.fulfilled": (
        {"kind": "red_packet", "points": None, "cost_minor": 500, "currency": "CNY"},
        "benefit_fulfilled",
        "Received red packet",
    ),
    "loyalty.benefit.refused": (
        {"kind": "gift", "reason": "out of stock"},
        "benefit_refused",
        "Gift could not be given",
    ),
    "loyalty.voucher.issued": (
        {"voucher_type_code": "ten", "voucher_type_name": "Ten off", "expires_at": None},
        "voucher_issued",
        "Got the voucher Ten off",
    ),
    "loyalty.voucher.redeemed": (
        {
            "voucher_type_code": "ten",
            "voucher_type_name": "Ten off",
            "discount_minor": 1_000,
            "currency": "CNY",
        },
        "voucher_redeemed",
        "Used Ten off: 10.00 CNY off",
    ),
    "loyalty.voucher.expired": (
        {"voucher_type_code": "ten", "voucher_type_name": "Ten off"},
        "voucher_expired",
        "Did not use the voucher Ten off in time",
    ),
    "loyalty.benefit.reversed": (
        {"kind": "points", "reason": "the order was cancelled"},
        "benefit_reversed",
        "The benefit was taken back: points",
    ),
    "loyalty.privilege.given": (
        {"privilege_code": "lounge", "name": "Lounge", "until": "2026-06-01T00:00:00Z"},
        "privilege_given",
        "Has the privilege Lounge",
    ),
    "loyalty.privilege.ended": (
        {"privilege_code": "lounge", "reason": "expired"},
        "privilege_ended",
        "The privilege lounge ended",
    ),
}


@pytest.mark.parametrize("name", REPORTS)
async def test_every_report_reads_as_a_line_for_people(
    harness: Harness, a_customer, front_line: str, name: str
) -> None:
    report, kind, title = REPORTS[name]
    known = await a_customer()

    await harness.hear(f"octoreach.{name}.v1", {**IDS, **report, "customer_id": known}, at=NOON)

    [entry] = await timeline(harness, front_line, known)
    assert (entry["kind"], entry["title"]) == (kind, title)
    assert entry["occurredAt"] == "2026-05-01T12:00:00+00:00"
    assert entry["source"] == name.partition(".")[0]


def test_every_kind_of_report_is_tried() -> None:
    tried = {f"octoreach.{name}.v1" for name in REPORTS} | {TOUCHPOINT}

    assert {each.subject for each in HEARD} == tried
