"""What the platform learns of benefits."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class BenefitAnswered(Event):
    """What became of the benefit of a task; `cost_minor` is what it costs the campaign."""

    subject: ClassVar[str] = ""
    about: ClassVar[str] = "customer_id"

    task_id: UUID
    campaign_id: UUID
    customer_id: UUID
    kind: str
    reference: str
    points: int
    cost_minor: int
    currency: str
    reason: str


class BenefitFulfilled(BenefitAnswered):
    """The customer has got the benefit of a task."""

    subject: ClassVar[str] = "octoreach.loyalty.benefit.fulfilled.v1"


class BenefitRefused(BenefitAnswered):
    """The benefit of a task can't be given; `reason` says why, and it costs nothing."""

    subject: ClassVar[str] = "octoreach.loyalty.benefit.refused.v1"


class BenefitReversed(BenefitAnswered):
    """The benefit of a task was taken back; `cost_minor` is what comes back to the campaign."""

    subject: ClassVar[str] = "octoreach.loyalty.benefit.reversed.v1"
