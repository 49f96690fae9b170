"""What loyalty reports: points, tiers, clubs, achievements, benefits, vouchers."""

from datetime import datetime
from typing import Final
from uuid import UUID

from customer.timeline.reactions.happening import Happening, amount, words


class PointsMoved(Happening):
    shown = ("reason", "balance", "posting_id")

    posting_id: UUID
    points: int
    reason: str | None = None
    balance: int


class PointsEarned(PointsMoved):
    subject = "octoreach.loyalty.points.earned.v1"
    entry_kind = "points_earned"

    def title(self) -> str:
        return f"Earned {self.points} points"


class PointsSpent(PointsMoved):
    subject = "octoreach.loyalty.points.spent.v1"
    entry_kind = "points_spent"

    def title(self) -> str:
        return f"Spent {self.points} points"


class PointsReversed(PointsMoved):
    subject = "octoreach.loyalty.points.reversed.v1"
    entry_kind = "points_reversed"

    def title(self) -> str:
        return f"{self.points} points were taken back"


class PointsReturned(PointsMoved):
    subject = "octoreach.loyalty.points.returned.v1"
    entry_kind = "points_returned"

    def title(self) -> str:
        return f"{self.points} points were given back"


class PointsExpired(PointsMoved):
    subject = "octoreach.loyalty.points.expired.v1"
    entry_kind = "points_expired"

    def title(self) -> str:
        return f"{self.points} points expired"


class PointsAdjusted(PointsMoved):
    subject = "octoreach.loyalty.points.adjusted.v1"
    entry_kind = "points_adjusted"

    def title(self) -> str:
        return f"Points adjusted by {self.points:+}"


class PointsTransferred(PointsMoved):
    subject = "octoreach.loyalty.points.transferred.v1"
    entry_kind = "points_transferred"

    def title(self) -> str:
        return f"{abs(self.points)} points {'came from' if self.points > 0 else 'went to'} another"


class TierChanged(Happening):
    subject = "octoreach.loyalty.tier.changed.v1"
    entry_kind = "tier_changed"
    shown = ("from_tier", "to_tier")

    from_tier: str | None = None
    to_tier: str

    def title(self) -> str:
        return f"Tier is now {words(self.to_tier)}"


class ClubJoined(Happening):
    subject = "octoreach.loyalty.club.joined.v1"
    entry_kind = "club_joined"
    shown = ("club_code", "how")

    club_code: str
    club_name: str
    how: str

    def title(self) -> str:
        return f"Joined the club {self.club_name}"


class ClubLeft(Happening):
    subject = "octoreach.loyalty.club.left.v1"
    entry_kind = "club_left"
    shown = ("club_code", "how")

    club_code: str
    club_name: str
    how: str

    def title(self) -> str:
        return f"Left the club {self.club_name}"


class AchievementReached(Happening):
    subject = "octoreach.loyalty.achievement.reached.v1"
    entry_kind = "achievement_reached"
    shown = ("achievement_code", "level", "cycle", "points")

    achievement_code: str
    achievement_name: str
    level: int
    level_name: str
    cycle: str
    points: int

    def title(self) -> str:
        return f"Reached {self.level_name} of {self.achievement_name}"


class AchievementLost(AchievementReached):
    subject = "octoreach.loyalty.achievement.lost.v1"
    entry_kind = "achievement_lost"

    def title(self) -> str:
        return f"Lost {self.level_name} of {self.achievement_name}"


class LeaderboardWon(Happening):
    subject = "octoreach.loyalty.leaderboard.won.v1"
    entry_kind = "leaderboard_won"
    shown = ("leaderboard_code", "starts_on", "score", "points")

    leaderboard_code: str
    leaderboard_name: str
    starts_on: str
    rank: int
    score: int
    points: int

    def title(self) -> str:
        return f"Number {self.rank} of {self.leaderboard_name}"


class BenefitFulfilled(Happening):
    subject = "octoreach.loyalty.benefit.fulfilled.v1"
    entry_kind = "benefit_fulfilled"
    shown = ("points", "task_id", "campaign_id")

    task_id: UUID
    campaign_id: UUID
    kind: str
    points: int | None = None
    cost_minor: int | None = None
    currency: str | None = None

    def title(self) -> str:
        return f"Received {words(self.kind)}"

    def details(self) -> list[list[str]]:
        if self.cost_minor is None or self.currency is None:
            return super().details()
        return [["cost", amount(self.cost_minor, self.currency)], *super().details()]


class BenefitReversed(Happening):
    subject = "octoreach.loyalty.benefit.reversed.v1"
    entry_kind = "benefit_reversed"
    shown = ("reason", "task_id", "campaign_id")

    task_id: UUID
    campaign_id: UUID
    kind: str
    reason: str | None = None

    def title(self) -> str:
        return f"The benefit was taken back: {words(self.kind)}"


class PrivilegeGiven(Happening):
    subject = "octoreach.loyalty.privilege.given.v1"
    entry_kind = "privilege_given"
    shown = ("privilege_code", "until")

    privilege_code: str
    name: str
    until: datetime

    def title(self) -> str:
        return f"Has the privilege {self.name}"


class PrivilegeEnded(Happening):
    subject = "octoreach.loyalty.privilege.ended.v1"
    entry_kind = "privilege_ended"
    shown = ("privilege_code", "reason")

    privilege_code: str
    reason: str | None = None

    def title(self) -> str:
        return f"The privilege {self.privilege_code} ended"


class BenefitRefused(Happening):
    subject = "octoreach.loyalty.benefit.refused.v1"
    entry_kind = "benefit_refused"
    shown = ("reason", "task_id", "campaign_id")

    task_id: UUID
    campaign_id: UUID
    kind: str
    reason: str | None = None

    def title(self) -> str:
        return f"{words(self.kind).capitalize()} could not be given"


class VoucherIssued(Happening):
    subject = "octoreach.loyalty.voucher.issued.v1"
    entry_kind = "voucher_issued"
    shown = ("voucher_type_code", "expires_at")

    voucher_type_code: str
    voucher_type_name: str
    expires_at: datetime | None = None

    def title(self) -> str:
        return f"Got the voucher {self.voucher_type_name}"


class VoucherRedeemed(Happening):
    subject = "octoreach.loyalty.voucher.redeemed.v1"
    entry_kind = "voucher_redeemed"
    shown = ("voucher_type_code", "order_id")

    voucher_type_code: str
    voucher_type_name: str
    order_id: UUID
    discount_minor: int
    currency: str

    def title(self) -> str:
        return f"Used {self.voucher_type_name}: {amount(self.discount_minor, self.currency)} off"


class VoucherExpired(Happening):
    subject = "octoreach.loyalty.voucher.expired.v1"
    entry_kind = "voucher_expired"
    shown = ("voucher_type_code",)

    voucher_type_code: str
    voucher_type_name: str

    def title(self) -> str:
        return f"Did not use the voucher {self.voucher_type_name} in time"


HEARD: Final = (
    PointsEarned,
    PointsSpent,
    PointsReversed,
    PointsReturned,
    PointsExpired,
    PointsAdjusted,
    PointsTransferred,
    TierChanged,
    ClubJoined,
    ClubLeft,
    AchievementReached,
    AchievementLost,
    LeaderboardWon,
    BenefitFulfilled,
    BenefitRefused,
    VoucherIssued,
    VoucherRedeemed,
    VoucherExpired,
    BenefitReversed,
    PrivilegeGiven,
    PrivilegeEnded,
)
