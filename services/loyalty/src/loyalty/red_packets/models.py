"""Red packets, their parts, and who took which."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from kit.errors import DomainError
from kit.models import moment
from loyalty.columns import long, one_of, words
from loyalty.drafted import Drafted
from loyalty.entity import Row
from loyalty.points.models import MOST_POINTS

MOST_PARTS = 10_000


class RedPacketState(StrEnum):
    DRAFT = "draft"
    FUNDING = "funding"
    OPEN = "open"
    EMPTIED = "emptied"
    ENDED = "ended"


class RedPacketSplit(StrEnum):
    RANDOM = "random"
    EVEN = "even"


class RedPacket(Drafted, table=True):
    """A fixed sum of a wallet's currency in parts, given away in the order of their numbers.

    `seed` decides on the parts and is told once all are taken, or the time is over; its hash is
    told when it opens. What nobody took is `returned`. Without a campaign the programme pays;
    with one it opens once that has set `minor_each` of `money` aside for each unit, known to it as
    `allotment_id`, or is a draft again and says why not; `campaign_id` is which it turned out to be.
    """

    __tablename__ = "red_packet"
    __table_args__ = (
        CheckConstraint(one_of("state", *RedPacketState), name="red_packet_state"),
        CheckConstraint(one_of("split", *RedPacketSplit), name="red_packet_split"),
        CheckConstraint(f"amount BETWEEN 1 AND {MOST_POINTS}", name="red_packet_amount"),
        CheckConstraint(
            f"parts BETWEEN 1 AND {MOST_PARTS} AND smallest > 0 AND smallest <= amount / parts",
            name="red_packet_has_enough_for_all",
        ),
        CheckConstraint(
            "taken BETWEEN 0 AND parts AND taken_amount + returned BETWEEN 0 AND amount "
            "AND least(taken_amount, returned) >= 0",
            name="red_packet_gives_no_more_than_it_has",
        ),
        CheckConstraint(
            "CASE state WHEN 'emptied' THEN taken = parts AND taken_amount = amount "
            "WHEN 'ended' THEN taken_amount + returned = amount ELSE returned = 0 END",
            name="red_packet_is_accounted_for",
        ),
        CheckConstraint(
            "state IN ('draft', 'funding') OR seed IS NOT NULL AND seed_hash IS NOT NULL "
            "AND opened_at IS NOT NULL AND ends_at > opened_at",
            name="red_packet_commits_when_it_opens",
        ),
        CheckConstraint(
            "state = 'draft' OR campaign_code IS NULL OR allotment_id IS NOT NULL",
            name="red_packet_of_a_campaign_is_funded",
        ),
        CheckConstraint(
            "(allotment_id IS NULL) = (minor_each IS NULL) "
            "AND (minor_each IS NULL) = (money IS NULL) AND minor_each >= 0",
            name="red_packet_says_what_a_unit_costs",
        ),
        CheckConstraint("opened_by <> drafted_by", name="red_packet_is_opened_by_another"),
        CheckConstraint(
            "ended_by IS NULL OR state = 'ended'", name="red_packet_is_ended_by_somebody"
        ),
        Index("red_packet_to_end", "ends_at", postgresql_where=text("state = 'open'")),
        Index("red_packet_by_unit", "unit", postgresql_ops={"unit": "text_pattern_ops"}),
    )

    code: str = words(unique=True)
    name: str = words()
    unit: str = words()
    currency: str = words(foreign_key="currency.code")
    amount: int = long()
    parts: int
    smallest: int = long()
    split: str = words()
    tiers: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    segments: list[str] = Field(
        default_factory=list, sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"}
    )
    by_link: bool = False
    campaign_code: str | None = words(default=None)
    campaign_id: UUID | None = None
    allotment_id: UUID | None = Field(default=None, unique=True)
    minor_each: int | None = long(default=None)
    money: str | None = words(default=None)
    unfunded_because: str | None = words(default=None)
    ends_at: datetime = moment()
    state: str = words(default=RedPacketState.DRAFT)
    seed: str | None = words(default=None)
    seed_hash: str | None = words(default=None)
    taken: int = 0
    taken_amount: int = long(default=0)
    returned: int = long(default=0)
    drafted_by: str = words()
    opened_by: str | None = words(default=None)
    opened_at: datetime | None = moment(default=None)
    closed_at: datetime | None = moment(default=None)
    ended_by: str | None = words(default=None)
    ended_because: str = words(default="", sa_column_kwargs={"server_default": ""})

    @property
    def is_prepared(self) -> bool:
        """Whether nobody knows of it yet but those who make it."""
        return self.state in (RedPacketState.DRAFT, RedPacketState.FUNDING)

    @property
    def is_over(self) -> bool:
        """Whether nobody gets a part any more: only then all of it is shown."""
        return self.state in (RedPacketState.EMPTIED, RedPacketState.ENDED)


class RedPacketPart(Row, table=True):
    """One part of the sum, cut when the packet opens; those up to its `taken` are given away."""

    __tablename__ = "red_packet_part"
    __table_args__ = (CheckConstraint("amount > 0", name="red_packet_part_is_something"),)

    packet_id: UUID = Field(foreign_key="red_packet.id", primary_key=True)
    number: int = Field(primary_key=True)
    amount: int = long()


class PartReview(StrEnum):
    HELD = "held"
    RELEASED = "released"
    REJECTED = "rejected"


class RedPacketTake(Row, table=True):
    """Who took which part, and what for: one part for each customer and source.

    `taken_as` is the id they went by: two who turn out to be one keep what both have got.
    What is `held` is pending in the wallet until a person has looked; what was rejected since is
    its funder's again.
    """

    __tablename__ = "red_packet_take"
    __table_args__ = (
        UniqueConstraint("packet_id", "taken_as", name="red_packet_gives_everybody_one_part"),
        UniqueConstraint("source_kind", "source_id", name="red_packet_take_by_source"),
        CheckConstraint(one_of("review", *PartReview), name="red_packet_take_review"),
        Index("red_packet_take_by_customer", "customer_id"),
        Index("red_packet_take_by_time", "taken_at", postgresql_using="brin"),
        Index(
            "red_packet_take_rejected",
            "posting_id",
            postgresql_where=text("review = 'rejected'"),
        ),
    )

    packet_id: UUID = Field(foreign_key="red_packet.id", primary_key=True)
    number: int = Field(primary_key=True)
    customer_id: UUID
    taken_as: UUID
    amount: int = long()
    source_kind: str = words()
    source_id: UUID
    posting_id: UUID = Field(foreign_key="posting.id")
    review: str | None = words(default=None)
    taken_at: datetime = moment()


class Take(NamedTuple):
    """The same in hand: hundreds are made and read in one transaction."""

    packet_id: UUID
    number: int
    customer_id: UUID
    taken_as: UUID
    amount: int
    source_kind: str
    source_id: UUID
    posting_id: UUID
    review: str | None
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """What a marketer wants given away, and to whom."""

    code: str
    name: str
    unit: str
    currency: str
    amount: int
    parts: int
    smallest: int
    split: str
    tiers: list[str]
    segments: list[str]
    by_link: bool
    campaign_code: str | None
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Grab:
    """A customer wants a part; the same source gets the same part. `link` is the packet's token.

    Who comes from a campaign, and not by a request of their own, needs no link.
    """

    red_packet_code: str
    customer_id: UUID
    source_kind: str
    source_id: UUID
    link: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a grab: `taken`, `empty` or `refused`.

    `amount_minor` of `currency` is what it costs; `amount` of `wallet` what the customer got.
    """

    source_id: UUID
    outcome: str
    amount_minor: int = 0
    currency: str = ""
    reason: str = ""
    amount: int = 0
    wallet: str = ""
    number: int = 0
    is_held: bool = False
    refusal: DomainError | None = None
