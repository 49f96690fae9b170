"""What the platform learns of allotments."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class AllotmentMade(Event):
    """The campaign has committed the money that was asked for."""

    subject: ClassVar[str] = "octoreach.campaign.allotment.made.v1"
    about: ClassVar[str] = "campaign_id"

    allotment_id: UUID
    campaign_id: UUID
    campaign_code: str
    amount_minor: int
    currency: str


class AllotmentRefused(Event):
    """There is no such money: `reason` says why, in words a person can read."""

    subject: ClassVar[str] = "octoreach.campaign.allotment.refused.v1"
    about: ClassVar[str] = "allotment_id"

    allotment_id: UUID
    campaign_code: str
    amount_minor: int
    currency: str
    reason: str
