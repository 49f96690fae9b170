"""What reports add up: the ledger folded by month, what was owed at a month's end, lots by age."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import long, words
from loyalty.entity import Row

NO_CAMPAIGN: Final = UUID(int=0)
"""Of points that no campaign gave."""
SHARES: Final = 20
"""Members fall into so many groups by chance: leaving one out at a time shows how sure we are."""


class LedgerFold(Row, table=True):
    """How far the ledger is folded: every posting made before that is in the sums, none after."""

    __tablename__ = "ledger_fold"
    __table_args__ = (CheckConstraint("code = 'ledger'", name="ledger_is_folded_once"),)

    code: str = words(primary_key=True)
    folded_until: datetime = moment()
    closed_month: str = words()


class PointsFlow(Row, table=True):
    """What postings of one kind came to in a month (UTC).

    `points` is by how much they changed what members have; locking and maturing change nothing.
    """

    __tablename__ = "points_flow"

    month: str = words(primary_key=True)
    currency: str = words(primary_key=True)
    unit: str = words(primary_key=True)
    tier_code: str = words(primary_key=True)
    campaign_id: UUID = Field(primary_key=True)
    kind: str = words(primary_key=True)
    against: str = words(primary_key=True)
    postings: int = long()
    points: int = long()


class MonthEnd(Row, table=True):
    """What members of a tier and unit had when a month ended, and what it was worth then."""

    __tablename__ = "month_end"
    __table_args__ = (
        CheckConstraint(
            "least(members, available, pending, locked, debt) >= 0", name="month_end_counts_up"
        ),
    )

    month: str = words(primary_key=True)
    currency: str = words(primary_key=True)
    unit: str = words(primary_key=True)
    tier_code: str = words(primary_key=True)
    members: int = long()
    available: int = long()
    pending: int = long()
    locked: int = long()
    debt: int = long()
    value_minor: int | None = long(default=None)
    value_currency: str = words(default="")


class FirstUse(Row, table=True):
    """When a member first used points: whoever has, uses the next ones sooner."""

    __tablename__ = "first_use"

    account_id: UUID = Field(foreign_key="points_account.id", primary_key=True)
    used_at: datetime = moment()


class LotAge(Row, table=True):
    """What came in lots of a month, and when of it was used or taken back, in months of age.

    `lifetime` is how many months the lots live; what never expires is not here. `seasoned` are
    points of members who had used points before these came.
    """

    __tablename__ = "lot_age"

    currency: str = words(primary_key=True)
    lifetime: int = Field(primary_key=True)
    issued_month: str = words(primary_key=True)
    age: int = Field(primary_key=True)
    share: int = Field(primary_key=True)
    seasoned: bool = Field(primary_key=True)
    issued: int = long()
    used: int = long()
    taken_back: int = long()
