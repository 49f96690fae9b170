"""Epochs, and the draws that form their chains."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit.errors import DomainError
from kit.models import moment
from loyalty.columns import long, words
from loyalty.entity import Entity


class LotteryEpoch(Entity, table=True):
    """A day of draws by one seed: its hash is told before, the seed after.

    `opening` is what everybody is told at the start, its hash the first link; `head` is the last.
    `salt` makes customers' pseudonyms and is never told. `next_seed` is the next epoch's.
    """

    __tablename__ = "lottery_epoch"
    __table_args__ = (
        UniqueConstraint("lottery_id", "number", name="lottery_epochs_are_numbered"),
        CheckConstraint("number > 0 AND draws >= 0", name="lottery_epoch_counts_up"),
        CheckConstraint("ends_at > starts_at", name="lottery_epoch_takes_time"),
        Index(
            "one_epoch_of_a_lottery_is_open",
            "lottery_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    lottery_id: UUID = Field(foreign_key="lottery.id")
    number: int
    seed: str = words()
    next_seed: str = words()
    salt: str = words()
    opening: dict[str, Any] = Field(sa_type=JSONB)
    opening_hash: str = words()
    head: str = words()
    draws: int = long(default=0)
    starts_at: datetime = moment()
    ends_at: datetime = moment()
    closed_at: datetime | None = moment(default=None)


class LotteryDraw(Entity, table=True):
    """One draw: its place in the chain, what it was made of, and what came of it.

    `withheld` are prizes that the odds gave but could not be handed out.
    """

    __tablename__ = "lottery_draw"
    __table_args__ = (
        UniqueConstraint("epoch_id", "number", name="lottery_draws_are_numbered"),
        UniqueConstraint("epoch_id", "pseudonym", "nonce", name="lottery_draw_is_made_once"),
        UniqueConstraint("source_kind", "source_id", name="lottery_draw_by_source"),
        CheckConstraint("number > 0 AND nonce > 0", name="lottery_draw_counts_up"),
        CheckConstraint("cost_minor >= 0 AND price >= 0", name="lottery_draw_costs_something"),
        Index("lottery_draw_by_customer", "lottery_id", "customer_id", "id"),
        Index("lottery_draw_of_a_customer", "customer_id"),
        Index("lottery_draw_by_time", "drawn_at", postgresql_using="brin"),
    )

    lottery_id: UUID = Field(foreign_key="lottery.id")
    epoch_id: UUID = Field(foreign_key="lottery_epoch.id")
    number: int = long()
    customer_id: UUID
    pseudonym: str = words()
    client_seed: str = words()
    nonce: int = long()
    drawn_at: datetime = moment()
    prize_code: str = words()
    withheld: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    is_win: bool
    price: int = long(default=0)
    cost_minor: int = long(default=0)
    cost_currency: str = words(default="")
    link: str = words()
    source_kind: str = words()
    source_id: UUID

    def record(self) -> dict[str, Any]:
        """What the chain says of it: nobody is named."""
        return {
            "number": self.number,
            "who": self.pseudonym,
            "client_seed": self.client_seed,
            "nonce": self.nonce,
            "at": self.drawn_at.isoformat(),
            "prize": self.prize_code,
            "withheld": self.withheld,
        }


class LotteryChance(Entity, table=True):
    """One draw that a customer has for nothing, until it is used."""

    __tablename__ = "lottery_chance"
    __table_args__ = (
        UniqueConstraint("source_kind", "source_id", name="lottery_chance_by_source"),
        Index(
            "lottery_chance_to_use",
            "lottery_id",
            "customer_id",
            "id",
            postgresql_where=text("used_at IS NULL"),
        ),
        Index("lottery_chance_of_a_customer", "customer_id"),
    )

    lottery_id: UUID = Field(foreign_key="lottery.id")
    customer_id: UUID
    reason: str = words()
    granted_by: str = words()
    source_kind: str = words()
    source_id: UUID
    used_at: datetime | None = moment(default=None)


@dataclass(frozen=True, slots=True)
class Chance:
    """A customer is to draw; the same source draws once.

    Who comes from a campaign, and not by a request of their own, pays nothing. Without a
    `client_seed` of the customer's device the source's id is in its place. `asked_by` is the
    colleague who has them draw.
    """

    lottery_code: str
    customer_id: UUID
    source_kind: str
    source_id: UUID
    client_seed: str = ""
    device: str = ""
    asked_by: str | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What became of a chance: `won`, `blank` or `refused`; the cost is what it costs its giver."""

    source_id: UUID
    outcome: str
    prize: str = ""
    cost_minor: int = 0
    currency: str = ""
    reason: str = ""
    draw: LotteryDraw | None = None
    refusal: DomainError | None = None
