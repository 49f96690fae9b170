"""Counters, and the movements not yet folded into them."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from campaign.entity import Entity, long, one_of, words


class Measure(StrEnum):
    CONTACTS = "contacts"
    DELIVERED = "delivered"
    PRESENTED = "presented"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CONVERTED = "converted"
    REVENUE = "revenue"
    COST = "cost"
    ENROLLED = "enrolled"
    CUSTOMERS_CONVERTED = "customers_converted"
    WITHDRAWN = "withdrawn"
    COMPLAINTS = "complaints"


class Figure(Entity, table=True):
    """One measure of a campaign, by offer, channel, unit, arm and day (UTC)."""

    __tablename__ = "figure"
    __table_args__ = (
        UniqueConstraint(
            "campaign_id",
            "offer_id",
            "channel_code",
            "unit",
            "arm",
            "day",
            "measure",
            name="figure_is_counted_in_one_place",
        ),
        CheckConstraint(one_of("measure", Measure), name="figure_measure_is_known"),
    )

    campaign_id: UUID
    offer_id: UUID
    channel_code: str = words()
    unit: str = words()
    arm: str = words()
    day: date
    measure: str = words()
    amount: int = long()


class FigureMovement(Entity, table=True):
    """A change of a figure. Inserted, never updated: counting makes nobody wait."""

    __tablename__ = "figure_movement"
    __table_args__ = (
        CheckConstraint(one_of("measure", Measure), name="figure_movement_measure_is_known"),
    )

    campaign_id: UUID = Field(index=True)
    offer_id: UUID
    channel_code: str = words()
    unit: str = words()
    arm: str = words()
    day: date
    measure: str = words()
    amount: int = long()
