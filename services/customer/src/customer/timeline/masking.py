"""What of an entry is personal: all that is not known to be a code, an id or a number."""

from collections.abc import Sequence
from typing import Final

from kit.personal.seeing import MASK

TOUCHPOINT: Final = frozenset({"channel_code", "partner_code", "touchpoint_id"})
"""All else that is told of a touchpoint is whatever a channel has sent along."""
PLAIN: Final = TOUCHPOINT | {
    "account_id",
    "achievement_code",
    "attempt",
    "arm",
    "balance",
    "by",
    "campaign_code",
    "campaign_id",
    "club_code",
    "complaint_id",
    "cost",
    "cycle",
    "decision_id",
    "draw_id",
    "expires_at",
    "from_tier",
    "fulfilment_id",
    "group_id",
    "how",
    "leaderboard_code",
    "level",
    "level_id",
    "list",
    "lottery_code",
    "member_id",
    "number",
    "offer_id",
    "order_id",
    "points",
    "posting_id",
    "prize_code",
    "privilege_code",
    "product",
    "red_packet_code",
    "redemption_id",
    "referral_id",
    "reward_code",
    "role",
    "score",
    "source",
    "starts_on",
    "task_id",
    "text_version",
    "to_tier",
    "until",
    "usable_at",
    "voucher_type_code",
}
CODED: Final = frozenset(
    {
        "achievement_withheld",
        "benefit_refused",
        "benefit_reversed",
        "privilege_ended",
        "points_earned",
        "points_expired",
        "redemption_failed",
        "redemption_released",
        "referral_disqualified",
        "voucher_released",
    }
)
"""Kinds whose reason is a code of ours, and never what somebody has written.

What is taken back or returned may be so by hand, with words.
"""

REFERENCED: Final = frozenset({"achievement_rewarded", "achievement_withheld", "benefit_granted"})
"""Kinds whose reference is a code of ours, and not what a partner has written of a handover."""


def hide_personal(kind: str, details: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """The details, with a mask for each that is personal."""
    return [(name, value if _is_plain(kind, name) else MASK) for name, value in details]


def _is_plain(kind: str, name: str) -> bool:
    if kind == "touchpoint":
        return name in TOUCHPOINT
    coded = {"reason": CODED, "reference": REFERENCED}
    return name in PLAIN or kind in coded.get(name, ())
