"""Allotments as they are stored."""

from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from campaign.entity import Entity, long, words


class Allotment(Entity, table=True):
    """Money committed for one thing; `id` is what loyalty knows it by.

    What it spends and gives back is told in any order; together it is never more than its amount.
    """

    __tablename__ = "allotment"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="allotment_is_not_negative"),
        CheckConstraint(
            "spent_minor + released_minor <= amount_minor", name="allotment_is_never_overspent"
        ),
    )

    campaign_id: UUID = Field(index=True, foreign_key="campaign.id")
    title: str = words()
    unit: str = words()
    currency: str = words()
    amount_minor: int = long()
    spent_minor: int = long(default=0)
    released_minor: int = long(default=0)
