"""What the platform learns of achievements."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class AchievementReached(Event):
    """A member has reached a level, which gave `points`; `times` counts up when one was lost."""

    subject: ClassVar[str] = "octoreach.loyalty.achievement.reached.v1"
    about: ClassVar[str] = "customer_id"

    reached_id: UUID
    customer_id: UUID
    achievement_code: str
    achievement_name: str
    badge: str
    level: int
    level_name: str
    cycle: str
    times: int
    points: int
    reached_at: datetime


class AchievementLost(Event):
    """A level counted on what was cancelled: it is reached no longer, its points were taken back."""

    subject: ClassVar[str] = "octoreach.loyalty.achievement.lost.v1"
    about: ClassVar[str] = "customer_id"

    reached_id: UUID
    customer_id: UUID
    achievement_code: str
    achievement_name: str
    level: int
    level_name: str
    cycle: str
    times: int
    points: int
    lost_at: datetime


class AchievementRewarded(Event):
    """A level gave something besides points, by its code: a reward, a voucher, or `many` chances."""

    subject: ClassVar[str] = "octoreach.loyalty.achievement.rewarded.v1"
    about: ClassVar[str] = "customer_id"

    reward_id: UUID
    customer_id: UUID
    level_id: UUID
    kind: str
    reference: str
    many: int


class AchievementRewardWithheld(AchievementRewarded):
    """A level could not give it, for this reason; somebody may have it tried again."""

    subject: ClassVar[str] = "octoreach.loyalty.achievement.withheld.v1"

    reason: str
