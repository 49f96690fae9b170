"""What the platform learns of privileges."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class PrivilegeGiven(Event):
    """A customer has a privilege from `since` until `until`; who had it has it for longer."""

    subject: ClassVar[str] = "octoreach.loyalty.privilege.given.v1"
    about: ClassVar[str] = "customer_id"

    customer_id: UUID
    privilege_code: str
    name: str
    since: datetime
    until: datetime
    source_kind: str
    source_id: UUID


class PrivilegeEnded(Event):
    """A customer has a privilege no longer, but by their tier; `reason`: expired or withdrawn."""

    subject: ClassVar[str] = "octoreach.loyalty.privilege.ended.v1"
    about: ClassVar[str] = "customer_id"

    customer_id: UUID
    privilege_code: str
    ended_at: datetime
    reason: str
