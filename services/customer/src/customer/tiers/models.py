"""A customer's tier."""

from uuid import UUID

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from customer.entity import Table


class CustomerTier(Table, table=True):
    """The tier the loyalty service last reported, by its version."""

    __tablename__ = "customer_tier"

    customer_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    tier: str = Field(sa_type=Text)
