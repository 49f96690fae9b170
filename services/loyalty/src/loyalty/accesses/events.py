"""What the platform learns about accesses."""

from typing import ClassVar

from kit.personal.telling import LooksNoted


class AccessesNoted(LooksNoted):
    """Somebody saw here what is personal of customers."""

    subject: ClassVar[str] = "octoreach.loyalty.accesses.noted.v1"
