"""What the platform learns of conversions."""

from typing import ClassVar, Literal
from uuid import UUID

from kit.events import Event


class ConversionAttributed(Event):
    """An order counts for a campaign: of a customer it treated, or of one it held out."""

    subject: ClassVar[str] = "octoreach.campaign.conversion.attributed.v1"
    about: ClassVar[str] = "customer_id"

    conversion_id: UUID
    campaign_id: UUID
    task_id: UUID | None
    arm: Literal["treatment", "control"]
    order_id: UUID
    customer_id: UUID
    amount_minor: int
    currency: str
