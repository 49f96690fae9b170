"""What the platform learns of red packets."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class RedPacketOpened(Event):
    """A sum is there to be grabbed; `seed_hash` commits to how it falls into parts."""

    subject: ClassVar[str] = "octoreach.loyalty.red_packet.opened.v1"
    about: ClassVar[str] = "red_packet_id"

    red_packet_id: UUID
    code: str
    name: str
    unit: str
    currency: str
    amount: int
    parts: int
    split: str
    smallest: int
    campaign_code: str | None
    seed_hash: str
    ends_at: datetime


class AllotmentRequested(Event):
    """A red packet is to be opened that a campaign pays for: the money is to be set aside first.

    `opener_unit` is where whoever opens it works, and `unit` whose members may grab it.
    """

    subject: ClassVar[str] = "octoreach.loyalty.allotment.requested.v1"
    about: ClassVar[str] = "allotment_id"

    allotment_id: UUID
    campaign_code: str
    title: str
    unit: str
    opener_unit: str
    amount_minor: int
    currency: str


class AllotmentSettled(Event):
    """So much more was spent of what a campaign has set aside, or is its own again.

    Below zero it takes back what was told before. A task's part is paid by its own commitment, and
    given back here.
    """

    subject: ClassVar[str] = "octoreach.loyalty.allotment.settled.v1"
    about: ClassVar[str] = "allotment_id"

    allotment_id: UUID
    spent_minor: int
    released_minor: int
    currency: str


class RedPacketTaken(Event):
    """A customer has got a part, and has it in their wallet; if `held`, until somebody has looked."""

    subject: ClassVar[str] = "octoreach.loyalty.red_packet.taken.v1"
    about: ClassVar[str] = "customer_id"

    red_packet_id: UUID
    code: str
    customer_id: UUID
    number: int
    currency: str
    amount: int
    source_kind: str
    source_id: UUID
    held: bool


class RedPacketReturned(Event):
    """A part that was held was rejected by a person: it is its funder's again."""

    subject: ClassVar[str] = "octoreach.loyalty.red_packet.returned.v1"
    about: ClassVar[str] = "customer_id"

    red_packet_id: UUID
    code: str
    customer_id: UUID
    number: int
    currency: str
    amount: int
    campaign_code: str | None


class RedPacketEmptied(Event):
    """Every part is taken; with `seed` anybody can check how the sum fell into parts."""

    subject: ClassVar[str] = "octoreach.loyalty.red_packet.emptied.v1"
    about: ClassVar[str] = "red_packet_id"

    red_packet_id: UUID
    code: str
    unit: str
    amount: int
    parts: int
    seed: str


class RedPacketEnded(Event):
    """Its time is over; `returned` was not grabbed and is its funder's again."""

    subject: ClassVar[str] = "octoreach.loyalty.red_packet.ended.v1"
    about: ClassVar[str] = "red_packet_id"

    red_packet_id: UUID
    code: str
    unit: str
    currency: str
    amount: int
    taken: int
    taken_amount: int
    returned: int
    campaign_code: str | None
    seed: str
