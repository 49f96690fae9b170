"""Bundles as they are stored."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import words
from loyalty.defining import Defined

MOST_PARTS = 20


class BundlePartKind(StrEnum):
    """What may be in a bundle: what has a price before it is given, and can be undone."""

    POINTS = "points"
    CASH_BACK = "cash_back"
    GIFT = "gift"
    VOUCHER = "voucher"
    PRIVILEGE = "privilege"


NAMED = frozenset({BundlePartKind.GIFT, BundlePartKind.VOUCHER, BundlePartKind.PRIVILEGE})


class Bundle(Defined, table=True):
    """Parts that are given together; each says its `kind` and what of it."""

    __tablename__ = "bundle"
    __table_args__ = (
        CheckConstraint(
            f"jsonb_array_length(parts) BETWEEN 1 AND {MOST_PARTS}", name="bundle_has_parts"
        ),
    )

    code: str = words(unique=True)
    unit: str = words()
    name: str = words()
    parts: list[dict[str, Any]] = Field(sa_type=JSONB)
    retired_at: datetime | None = moment(default=None)

    def lines(self) -> list["BundlePart"]:
        return [BundlePart(line=line, **part) for line, part in enumerate(self.parts)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundlePart:
    """One thing of a bundle: points, money back, or something that a catalogue names."""

    line: int = 0
    kind: str
    reference: str = ""
    points: int = 0
    amount_minor: int = 0
    currency: str = ""
