"""Currencies as they are stored, with the rules each of them sets."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit.models import moment, utcnow
from loyalty.columns import long, one_of, words
from loyalty.entity import Row

POINTS = "points"
TERMS: Final = (
    "name",
    "months",
    "warning_days",
    "spendable",
    "adjustable_alone",
    "transferable",
    "transferable_daily",
)


class CurrencyKind(StrEnum):
    POINTS = "points"
    MONEY = "money"
    GROWTH = "growth"


class Currency(Row, table=True):
    """What a wallet may hold: points, money in minor units, or growth value.

    `months` is how long a lot lives, for ever without; `warning_days` how long before its end the
    member is told. What nobody may spend only counts. `adjustable_alone` is the most that is
    added to an account or taken from it in 24 hours without a second person; `transferable` and `transferable_daily` are the most
    a member may give away at once and in 24 hours, nothing at 0.
    """

    __tablename__ = "currency"
    __table_args__ = (
        CheckConstraint(one_of("kind", *CurrencyKind), name="currency_kind"),
        CheckConstraint("(kind = 'money') = (money IS NOT NULL)", name="currency_of_money"),
        CheckConstraint("months > 0", name="currency_months"),
        CheckConstraint("warning_days >= 0", name="currency_warning"),
        CheckConstraint(
            "adjustable_alone >= 0 AND transferable >= 0 AND transferable_daily >= 0",
            name="currency_limits",
        ),
        CheckConstraint("spendable OR transferable = 0", name="currency_moves_when_spendable"),
        CheckConstraint("version >= 1", name="currency_version_counts"),
    )

    code: str = words(primary_key=True)
    name: str = words()
    kind: str = words()
    money: str | None = words(default=None)
    months: int | None = None
    warning_days: int = 30
    spendable: bool = True
    adjustable_alone: int = long(default=0)
    transferable: int = long(default=0)
    transferable_daily: int = long(default=0)
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})

    def terms(self) -> dict[str, Any]:
        """What a change may change: what a wallet holds stays what it is."""
        return {name: getattr(self, name) for name in TERMS}


class CurrencyVersion(Row, table=True):
    """The rules of a currency as somebody set them; never changed."""

    __tablename__ = "currency_version"
    __table_args__ = (CheckConstraint("version >= 1", name="currency_version_from_one"),)

    code: str = words(foreign_key="currency.code", primary_key=True)
    version: int = Field(primary_key=True)
    terms: dict[str, Any] = Field(sa_type=JSONB)
    set_by: str = words()
    set_at: datetime = moment(default_factory=utcnow)
