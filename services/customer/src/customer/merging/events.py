"""What the platform learns when two customers turn out to be one, or not."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from kit.events import Event


class CustomerMerged(Event):
    """Two ids mean one person from now on: whatever belongs to the absorbed is the survivor's."""

    subject: ClassVar[str] = "octoreach.customer.customer.merged.v1"
    about: ClassVar[str] = "customer_id"

    merge_id: UUID
    customer_id: UUID = Field(description="The survivor.")
    absorbed_id: UUID
    at: datetime


class CustomerUnmerged(Event):
    """The two are two again: what came from the absorbed goes back to them."""

    subject: ClassVar[str] = "octoreach.customer.customer.unmerged.v1"
    about: ClassVar[str] = "customer_id"

    merge_id: UUID
    customer_id: UUID = Field(description="The survivor of the merge that was taken back.")
    restored_id: UUID
    at: datetime
