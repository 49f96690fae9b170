"""What the platform learns of budgets."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class BudgetNearlyUsed(Event):
    """Four fifths of what a campaign may use are committed or spent (80% unless set otherwise)."""

    subject: ClassVar[str] = "octoreach.campaign.budget.warned.v1"
    about: ClassVar[str] = "campaign_id"

    campaign_id: UUID
    used_minor: int
    usable_minor: int
    currency: str
