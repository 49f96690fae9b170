"""Accounts and their wallets as they are stored."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from loyalty.columns import long, words
from loyalty.entity import Entity, Row

MOST_HELD = 9 * 10**15
ZERO = {"server_default": "0"}


class PointsAccount(Entity, table=True):
    """One customer in the programme; what they have is in the account's wallets.

    `unit` is unknown until the customer's facts have come.
    """

    __tablename__ = "points_account"
    __table_args__ = (
        Index("points_account_by_unit", "unit", postgresql_ops={"unit": "text_pattern_ops"}),
    )

    customer_id: UUID = Field(unique=True)
    unit: str | None = words(default=None)
    facts_version: int = long(default=0)


class Wallet(Row, table=True):
    """What an account has of one currency; only `post_points` in the database moves it.

    `balance` may be spent, `pending` may be later, `locked` is reserved for a redemption. `debt`
    is the negative promise: what was taken back after it was spent, which the next earnings
    recover.
    """

    __tablename__ = "wallet"
    __table_args__ = (
        CheckConstraint("balance >= 0", name="balance_is_never_negative"),
        CheckConstraint("pending >= 0", name="pending_is_never_negative"),
        CheckConstraint("locked >= 0", name="locked_is_never_negative"),
        CheckConstraint("debt >= 0", name="debt_is_never_negative"),
        CheckConstraint("balance = 0 OR debt = 0", name="debt_is_recovered_first"),
        CheckConstraint(
            f"greatest(balance, pending, locked, debt) <= {MOST_HELD}", name="wallet_within_bounds"
        ),
        {"postgresql_with": {"fillfactor": 70}},
    )

    account_id: UUID = Field(foreign_key="points_account.id", primary_key=True)
    currency: str = words(foreign_key="currency.code", primary_key=True)
    balance: int = long(default=0, sa_column_kwargs=ZERO)
    pending: int = long(default=0, sa_column_kwargs=ZERO)
    locked: int = long(default=0, sa_column_kwargs=ZERO)
    debt: int = long(default=0, sa_column_kwargs=ZERO)
