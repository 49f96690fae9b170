"""What the platform learns of accounts."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class AccountOpened(Event):
    """A customer has a points account from now on."""

    subject: ClassVar[str] = "octoreach.loyalty.account.opened.v1"
    about: ClassVar[str] = "customer_id"

    account_id: UUID
    customer_id: UUID
