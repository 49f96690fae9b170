"""On which terms a lottery is drawn, and what is left of its prizes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import long, one_of, words
from loyalty.drafted import Drafted
from loyalty.entity import Row
from loyalty.points.models import MOST_POINTS


class LotteryState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class PrizeKind(StrEnum):
    BLANK = "blank"
    POINTS = "points"
    MONEY = "money"
    REWARD = "reward"
    VOUCHER = "voucher"


class Lottery(Drafted, table=True):
    """A pool of prizes; without a `price` in points a draw takes a chance that was granted.

    `prizes` are in force, `next_prizes` from the next epoch on, once another than their author has
    approved. An epoch is a day in `time_zone`.
    """

    __tablename__ = "lottery"
    __table_args__ = (
        CheckConstraint(one_of("state", *LotteryState), name="lottery_state"),
        CheckConstraint(f"price BETWEEN 0 AND {MOST_POINTS}", name="lottery_price"),
        CheckConstraint(
            "least(draws_in_all, draws_per_day, wins_in_all) > 0",
            name="lottery_limits_are_positive",
        ),
        CheckConstraint("opened_by <> drafted_by", name="lottery_is_opened_by_another"),
        CheckConstraint(
            "next_approved_by <> next_drafted_by", name="lottery_prizes_are_approved_by_another"
        ),
        CheckConstraint(
            "(next_prizes IS NULL) = (next_drafted_by IS NULL) "
            "AND (next_approved_by IS NULL OR next_prizes IS NOT NULL)",
            name="lottery_prizes_have_an_author",
        ),
        CheckConstraint(
            "(state = 'draft') = (opened_at IS NULL) AND (state = 'closed') = (closed_at IS NOT NULL)",
            name="lottery_opens_and_closes",
        ),
        Index("lottery_by_unit", "unit", postgresql_ops={"unit": "text_pattern_ops"}),
        Index("lottery_that_is_open", "id", postgresql_where=text("state = 'open'")),
    )

    code: str = words(unique=True)
    name: str = words()
    unit: str = words()
    tiers: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    segments: list[str] = Field(
        default_factory=list, sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"}
    )
    price: int | None = long(default=None)
    draws_in_all: int | None = None
    draws_per_day: int | None = None
    wins_in_all: int | None = None
    time_zone: str = words()
    ends_at: datetime = moment()
    prizes: list[dict[str, Any]] = Field(sa_type=JSONB)
    next_prizes: list[dict[str, Any]] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    next_drafted_by: str | None = words(default=None)
    next_approved_by: str | None = words(default=None)
    state: str = words(default=LotteryState.DRAFT)
    drafted_by: str = words()
    opened_by: str | None = words(default=None)
    opened_at: datetime | None = moment(default=None)
    closed_at: datetime | None = moment(default=None)


class LotteryPrize(Row, table=True):
    """What is left of a prize; unlimited without `left`, any number a day without `per_day`."""

    __tablename__ = "lottery_prize"
    __table_args__ = (
        CheckConstraint("least(left_over, given, today) >= 0", name="lottery_prize_is_in_stock"),
        CheckConstraint("today <= per_day", name="lottery_prize_within_its_day"),
    )

    lottery_id: UUID = Field(foreign_key="lottery.id", primary_key=True)
    code: str = words(primary_key=True)
    left_over: int | None = long(default=None)
    per_day: int | None = long(default=None)
    given: int = long(default=0)
    today: int = long(default=0)


@dataclass(frozen=True, slots=True)
class Prize:
    """One line of the table: `odds` of a million; `fallback` stands in when there is none left.

    `item` is the code of a reward or a voucher type.
    """

    code: str
    name: str
    kind: str
    odds: int
    amount: int = 0
    currency: str = ""
    item: str = ""
    stock: int | None = None
    per_day: int | None = None
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a marketer wants drawn, by whom, and for how much."""

    code: str
    name: str
    unit: str
    tiers: list[str]
    segments: list[str]
    price: int | None
    draws_in_all: int | None
    draws_per_day: int | None
    wins_in_all: int | None
    time_zone: str
    ends_at: datetime
    prizes: list[dict[str, Any]]
