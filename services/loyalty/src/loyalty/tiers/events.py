"""What the platform learns of tiers."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class TierChanged(Event):
    """A member rose or fell; of two with different versions the higher is the newer."""

    subject: ClassVar[str] = "octoreach.loyalty.tier.changed.v1"
    about: ClassVar[str] = "customer_id"

    customer_id: UUID
    version: int
    from_tier: str
    to_tier: str
