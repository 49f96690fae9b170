"""What the platform learns of campaigns."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class CampaignAdvanced(Event):
    """A campaign went from one state to another."""

    subject: ClassVar[str] = "octoreach.campaign.campaign.advanced.v1"
    about: ClassVar[str] = "campaign_id"

    campaign_id: UUID
    code: str
    name: str
    unit: str
    from_state: str
    to_state: str
    by: str
    reason: str
