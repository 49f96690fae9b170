"""What the platform learns about who belongs to groups."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class GroupMembershipChanged(Event):
    """An individual belongs to a group since then; with `until`, they did until then."""

    subject: ClassVar[str] = "octoreach.customer.group_membership.changed.v1"
    about: ClassVar[str] = "customer_id"

    membership_id: UUID
    customer_id: UUID
    group_id: UUID
    role: str
    since: datetime
    until: datetime | None
