"""What loyalty reports of points that moved."""

from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from customer.timeline.reactions.happening import Happening


class PointsMoved(Happening):
    shown: ClassVar[tuple[str, ...]] = ("reason", "balance", "posting_id")

    posting_id: UUID
    points: int
    reason: str | None = None
    balance: int


class PointsEarned(PointsMoved):
    subject = "octoreach.loyalty.points.earned.v1"
    entry_kind = "points_earned"
    shown = (*PointsMoved.shown, "usable_at")

    usable_at: datetime | None = None

    def title(self) -> str:
        later = f", usable from {self.usable_at:%Y-%m-%d}" if self.usable_at else ""
        return f"Earned {self.points} points{later}"


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


class PointsMatured(PointsMoved):
    subject = "octoreach.loyalty.points.matured.v1"
    entry_kind = "points_matured"

    def title(self) -> str:
        return f"{self.points} points may be spent now"


class PointsLocked(PointsMoved):
    subject = "octoreach.loyalty.points.locked.v1"
    entry_kind = "points_locked"

    def title(self) -> str:
        return f"{abs(self.points)} points are kept back"


class PointsReleased(PointsMoved):
    subject = "octoreach.loyalty.points.released.v1"
    entry_kind = "points_released"

    def title(self) -> str:
        return f"{abs(self.points)} points are free again"


class PointsExpiring(Happening):
    subject = "octoreach.loyalty.points.expiring.v1"
    entry_kind = "points_expiring"
    shown = ("expires_at",)

    points: int
    expires_at: datetime

    def title(self) -> str:
        return f"{self.points} points will expire"


class AccountOpened(Happening):
    subject = "octoreach.loyalty.account.opened.v1"
    entry_kind = "account_opened"
    shown = ("account_id",)

    account_id: UUID

    def title(self) -> str:
        return "Takes part in loyalty"


HEARD: Final = (
    PointsEarned,
    PointsSpent,
    PointsReversed,
    PointsReturned,
    PointsExpired,
    PointsAdjusted,
    PointsTransferred,
    PointsMatured,
    PointsLocked,
    PointsReleased,
    PointsExpiring,
    AccountOpened,
)
