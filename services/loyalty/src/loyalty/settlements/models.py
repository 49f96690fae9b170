"""What partners owe for points, line by line, and what of it was settled."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from loyalty.columns import long, words
from loyalty.entity import Entity, Row


class PartnerPoints(Row, table=True):
    """One posting that a partner pays for, in the month in which it was booked (UTC).

    Below zero, it was taken back. A month that is over never changes: what is cancelled later
    belongs to the month of its cancellation.
    """

    __tablename__ = "partner_points"
    __table_args__ = (
        CheckConstraint("points <> 0", name="partner_points_are_some"),
        Index("partner_points_by_month", "partner_code", "month"),
        Index("partner_points_of_month", "month"),
    )

    posting_id: UUID = Field(foreign_key="posting.id", primary_key=True)
    partner_code: str = words()
    unit: str = words()
    month: str = words()
    points: int = long()
    amount_minor: int = long()
    currency: str = words()


class PartnerPointsSettlement(Entity, table=True):
    """A partner's month, added up and told once it was over."""

    __tablename__ = "partner_points_settlement"
    __table_args__ = (
        UniqueConstraint(
            "partner_code", "month", "currency", name="a_partner_settles_a_month_once"
        ),
    )

    partner_code: str = words()
    month: str = words()
    currency: str = words()
    postings: int = long()
    points: int = long()
    amount_minor: int = long()
