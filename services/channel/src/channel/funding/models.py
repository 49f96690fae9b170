"""What a partner pays for members' points, by month."""

from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from channel.entity import Entity


class FundedMonth(Entity, table=True):
    """A partner's month as the loyalty service settled it, once and for all.

    Below zero, more was taken back than given.
    """

    __tablename__ = "funded_month"
    __table_args__ = (
        UniqueConstraint("partner_code", "month", "currency", name="a_partner_funds_a_month_once"),
    )

    settlement_id: UUID = Field(unique=True)
    partner_code: str
    month: str
    currency: str
    postings: int = Field(sa_type=BigInteger)
    points: int = Field(sa_type=BigInteger)
    amount_minor: int = Field(sa_type=BigInteger)
