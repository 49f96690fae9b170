"""What the platform learns of points."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class PointsMoved(Event):
    """What every movement tells: how many points, why, and what the member has after it."""

    subject: ClassVar[str] = ""
    about: ClassVar[str] = "customer_id"

    posting_id: UUID
    account_id: UUID
    customer_id: UUID
    points: int
    reason: str
    source_id: str
    balance: int


class PointsEarned(PointsMoved):
    """Points were earned or granted; `points` is positive."""

    subject: ClassVar[str] = "octoreach.loyalty.points.earned.v1"


class PointsSpent(PointsMoved):
    """A member spent points; `points` is how many, positive."""

    subject: ClassVar[str] = "octoreach.loyalty.points.spent.v1"


class PointsReversed(PointsMoved):
    """Points were taken back; `points` is how many, positive. What was spent became a debt."""

    subject: ClassVar[str] = "octoreach.loyalty.points.reversed.v1"


class PointsExpired(PointsMoved):
    """Points were not spent in time; `points` is how many, positive."""

    subject: ClassVar[str] = "octoreach.loyalty.points.expired.v1"


class PointsAdjusted(PointsMoved):
    """An operator put an account right; `points` is positive or negative."""

    subject: ClassVar[str] = "octoreach.loyalty.points.adjusted.v1"
