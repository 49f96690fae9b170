"""What the platform learns about commission."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class CommissionAccrued(Event):
    """A partner earned on an order; below zero, what a cancelled order takes back."""

    subject: ClassVar[str] = "octoreach.channel.commission.accrued.v1"
    about: ClassVar[str] = "partner_code"

    commission_id: UUID
    order_id: UUID
    task_id: UUID | None
    campaign_id: UUID | None
    partner_code: str
    amount_minor: int
    currency: str
    month: str
