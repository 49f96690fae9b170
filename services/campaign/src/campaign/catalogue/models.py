"""Products and offers, and what of them may be sold when."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from campaign.entity import Entity, document, long, one_of, texts, words
from kit.models import moment


class BenefitKind(StrEnum):
    GIFT = "gift"
    POINTS = "points"
    CASH_BACK = "cash_back"
    RED_PACKET = "red_packet"
    PRIVILEGE = "privilege"
    ENDORSEMENT = "endorsement"
    LOTTERY = "lottery"
    BUNDLE = "bundle"
    REFERRAL = "referral"

    @property
    def is_about(self) -> str:
        """What a benefit of this kind names by its code; empty: it names nothing."""
        return _ABOUT.get(self, "")


_ABOUT: Final = {
    BenefitKind.GIFT: "reward",
    BenefitKind.RED_PACKET: "red packet",
    BenefitKind.PRIVILEGE: "privilege",
    BenefitKind.ENDORSEMENT: "endorsement",
    BenefitKind.LOTTERY: "lottery",
    BenefitKind.BUNDLE: "bundle",
}


class Product(Entity, table=True):
    """What is sold. Without a stock there is always enough."""

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="product_price_is_not_negative"),
        CheckConstraint("stock >= 0", name="product_stock_is_not_negative"),
        Index("product_by_unit", "unit", postgresql_ops={"unit": "text_pattern_ops"}),
    )

    code: str = Field(unique=True)
    name: str = words()
    kind: str = words()
    unit: str = words()
    price_minor: int = long()
    currency: str = words()
    stock: int | None = long(nullable=True)


class Offer(Entity, table=True):
    """Products on terms. From the day a campaign is submitted with it, it never changes."""

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint(
            "price_minor >= 0 AND cost_minor >= 0 AND expected_value_minor >= 0",
            name="offer_money_is_not_negative",
        ),
        CheckConstraint(
            f"benefit_kind IS NULL OR {one_of('benefit_kind', BenefitKind)}",
            name="offer_benefit_is_known",
        ),
        CheckConstraint(
            "benefit_points >= 0 AND benefit_amount_minor >= 0",
            name="offer_benefit_is_not_negative",
        ),
        CheckConstraint(
            f"benefit_reference = '' OR {one_of('benefit_kind', _ABOUT)}",
            name="offer_benefit_names_what_it_is_about",
        ),
        CheckConstraint("valid_from < valid_until", name="offer_is_valid_for_a_time"),
        Index("offer_by_unit", "unit", postgresql_ops={"unit": "text_pattern_ops"}),
    )

    code: str = Field(unique=True)
    name: str = words()
    unit: str = words()
    products: list[str] = texts()
    price_minor: int = long()
    currency: str = words()
    cost_minor: int = long()
    expected_value_minor: int = long()
    benefit_kind: str | None = words(nullable=True)
    benefit_points: int = long(default=0)
    benefit_amount_minor: int = long(default=0)
    benefit_reference: str = words(default="", sa_column_kwargs={"server_default": ""})
    eligibility: dict[str, Any] | None = document(nullable=True)
    excluded_products: list[str] = texts()
    excluded_offers: list[str] = texts()
    excluded_within_days: int = 0
    valid_from: datetime | None = moment(nullable=True)
    valid_until: datetime | None = moment(nullable=True)
    channel_kinds: list[str] = texts()
    contents: dict[str, Any] = document()
    legal_text: str = words()
    frozen_at: datetime | None = moment(nullable=True)

    def terms(self) -> dict[str, Any]:
        """Everything that a customer or a budget would notice."""
        return self.model_dump(exclude={"id", "created_at", "frozen_at"})
