"""What the platform learns of tasks."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class TaskDispatched(Event):
    """A task goes out to a channel."""

    subject: ClassVar[str] = "octoreach.campaign.task.dispatched.v1"
    about: ClassVar[str] = "customer_id"

    task_id: UUID
    campaign_id: UUID
    campaign_code: str
    offer_id: UUID
    offer_code: str
    offer_name: str
    products: list[str]
    customer_id: UUID
    channel_code: str
    unit: str
    title: str
    text: str
    deadline: datetime
    touchpoint_id: UUID
    touchpoint_received_at: datetime


class TaskClosed(Event):
    """Nothing more is to be done: fulfilled, expired or withdrawn."""

    subject: ClassVar[str] = "octoreach.campaign.task.closed.v1"
    about: ClassVar[str] = "customer_id"

    task_id: UUID
    campaign_id: UUID
    customer_id: UUID
    channel_code: str
    status: str


class BenefitGranted(Event):
    """The customer accepted, and is to get the benefit, once.

    `reference` is the code of what a gift, red packet, privilege, endorsement, lottery or bundle is
    about; `committed_minor` is what the benefit may cost at most.
    """

    subject: ClassVar[str] = "octoreach.campaign.benefit.granted.v1"
    about: ClassVar[str] = "customer_id"

    task_id: UUID
    campaign_id: UUID
    customer_id: UUID
    kind: str
    points: int
    amount_minor: int
    currency: str
    reference: str = ""
    committed_minor: int
