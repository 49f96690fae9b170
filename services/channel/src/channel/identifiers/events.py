"""What the platform learns when somebody is named for the first time."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from kit.events import Event


class CustomerNamed(Event):
    """Somebody unknown was named in an order or at a touchpoint; the id is theirs from now on."""

    subject: ClassVar[str] = "octoreach.channel.customer.named.v1"
    about: ClassVar[str] = "customer_id"

    customer_id: UUID
    scheme: str
    value: str = Field(json_schema_extra={"x-personal": True})
    unit: str
    partner_code: str | None
