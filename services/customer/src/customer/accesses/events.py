"""What the platform learns about accesses."""

from datetime import datetime
from typing import ClassVar

from kit.events import Event


class AccessesSealed(Event):
    """The accesses of a span of time are sealed: whoever keeps the digest can tell a change."""

    subject: ClassVar[str] = "octoreach.customer.accesses.sealed.v1"
    about: ClassVar[str] = "number"

    number: int
    since: datetime
    until: datetime
    accesses: int
    digest: str
