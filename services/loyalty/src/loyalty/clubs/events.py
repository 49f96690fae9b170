"""What the platform learns of clubs."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class ClubJoined(Event):
    """A customer belongs to a club from now on; `how`: asking, front_line or rule."""

    subject: ClassVar[str] = "octoreach.loyalty.club.joined.v1"
    about: ClassVar[str] = "customer_id"

    membership_id: UUID
    customer_id: UUID
    club_code: str
    club_name: str
    how: str


class ClubLeft(Event):
    """A customer belongs to a club no longer; `how`: asking, front_line, rule or closed."""

    subject: ClassVar[str] = "octoreach.loyalty.club.left.v1"
    about: ClassVar[str] = "customer_id"

    membership_id: UUID
    customer_id: UUID
    club_code: str
    club_name: str
    how: str
