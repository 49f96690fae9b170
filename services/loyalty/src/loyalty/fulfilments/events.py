"""What the platform learns of fulfilments."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class FulfilmentRequested(Event):
    """Something is to be handed out to a customer.

    Told again, with the next `attempt`, when one that failed is repeated.
    """

    subject: ClassVar[str] = "octoreach.loyalty.fulfilment.requested.v1"
    about: ClassVar[str] = "customer_id"

    fulfilment_id: UUID
    attempt: int
    customer_id: UUID
    unit: str
    kind: str
    reward_code: str
    title: str
    quantity: int
    amount_minor: int
    currency: str
    partner_code: str | None
    source_kind: str
    source_id: UUID


class FulfilmentRecalled(FulfilmentRequested):
    """It is owed no longer: what nobody has begun to hand out fails with the reason `recalled`."""

    subject: ClassVar[str] = "octoreach.loyalty.fulfilment.recalled.v1"
