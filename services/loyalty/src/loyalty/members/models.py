"""What is known of members, as the newest facts say."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from loyalty.columns import long, words
from loyalty.entity import Row

KINDS: Final = ("individual", "group")
STATUSES: Final = ("prospect", "active", "suspended", "churned")


class MemberFacts(Row, table=True):
    """A customer as rules may speak of them.

    `birthday` is month x 100 + day, of the attribute of that name; None if it is no date.
    """

    __tablename__ = "member_facts"
    __table_args__ = (
        CheckConstraint("birthday BETWEEN 101 AND 1231", name="birthday_is_a_day_of_the_year"),
        Index("member_facts_by_birthday", "birthday"),
    )

    customer_id: UUID = Field(primary_key=True)
    version: int = long()
    kind: str = words()
    status: str = words()
    unit: str = words()
    time_zone: str = words()
    tags: list[str] = Field(sa_type=ARRAY(Text))
    attributes: dict[str, Any] = Field(sa_type=JSONB)
    birthday: int | None = Field(default=None, sa_type=SmallInteger)
