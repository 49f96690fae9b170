"""What the platform learns about partners."""

from datetime import datetime
from typing import ClassVar

from kit.events import Event


class PartnerAdvanced(Event):
    """A partner has taken a step; of two that are told of one partner the higher version counts."""

    subject: ClassVar[str] = "octoreach.channel.partner.advanced.v1"
    about: ClassVar[str] = "code"

    code: str
    version: int
    unit: str
    from_state: str | None
    to_state: str
    at: datetime
