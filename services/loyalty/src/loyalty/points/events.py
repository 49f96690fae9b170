"""What the platform learns of points."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class PointsMoved(Event):
    """What every movement tells: how many of which currency, why, and what is left after it.

    The database writes these with the posting; `balance` is what the member may spend.
    """

    subject: ClassVar[str] = ""
    about: ClassVar[str] = "customer_id"

    posting_id: UUID
    account_id: UUID
    customer_id: UUID
    currency: str
    points: int
    reason: str
    source_id: str
    balance: int


class PointsEarned(PointsMoved):
    """Points were earned or granted; `points` is positive.

    Those that are `pending` may be spent from `usable_at` on, or when somebody has decided.
    """

    subject: ClassVar[str] = "octoreach.loyalty.points.earned.v1"

    pending: bool = False
    usable_at: datetime | None = None


class PointsMatured(PointsMoved):
    """Points that were pending may be spent from now on; `points` is positive."""

    subject: ClassVar[str] = "octoreach.loyalty.points.matured.v1"


class PointsSpent(PointsMoved):
    """A member spent points; `points` is how many, positive."""

    subject: ClassVar[str] = "octoreach.loyalty.points.spent.v1"


class PointsLocked(PointsMoved):
    """Points were reserved for a redemption; `points` is how many, positive."""

    subject: ClassVar[str] = "octoreach.loyalty.points.locked.v1"


class PointsReleased(PointsMoved):
    """A reservation ended without a redemption; `points` is how many came back, positive."""

    subject: ClassVar[str] = "octoreach.loyalty.points.released.v1"


class PointsReversed(PointsMoved):
    """Points were taken back; `points` is how many, positive. What was spent became a debt."""

    subject: ClassVar[str] = "octoreach.loyalty.points.reversed.v1"


class PointsReturned(PointsMoved):
    """What was spent came back to the member; `points` is how many, positive."""

    subject: ClassVar[str] = "octoreach.loyalty.points.returned.v1"


class PointsExpired(PointsMoved):
    """Points were not spent in time; `points` is how many, positive."""

    subject: ClassVar[str] = "octoreach.loyalty.points.expired.v1"


class PointsAdjusted(PointsMoved):
    """Somebody put an account right; `points` is positive or negative."""

    subject: ClassVar[str] = "octoreach.loyalty.points.adjusted.v1"


class PointsTransferred(PointsMoved):
    """A member gave points to another; `points` is negative for who gave, positive for who got."""

    subject: ClassVar[str] = "octoreach.loyalty.points.transferred.v1"


class PointsExpiring(Event):
    """Points will expire soon; `points` is how many of a lot are left, positive."""

    subject: ClassVar[str] = "octoreach.loyalty.points.expiring.v1"
    about: ClassVar[str] = "customer_id"

    lot_id: UUID
    account_id: UUID
    customer_id: UUID
    currency: str
    points: int
    expires_at: datetime


TOLD: dict[str, type[PointsMoved]] = {
    "earn": PointsEarned,
    "grant": PointsEarned,
    "mature": PointsMatured,
    "spend": PointsSpent,
    "lock": PointsLocked,
    "confirm": PointsSpent,
    "release": PointsReleased,
    "adjust": PointsAdjusted,
    "transfer": PointsTransferred,
    "reverse": PointsReversed,
    "return": PointsReturned,
    "expire": PointsExpired,
}
