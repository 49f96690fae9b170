"""The customer: one row with all that holds now, so that one look tells everything."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from customer.attributes.models import Scalar
from customer.entity import Entity
from customer.profiles.facts import CustomerKind, CustomerStatus, Fact, GroupClass, KnownFacts
from kit.models import moment, utcnow, uuid7


def _facts() -> Any:
    return Field(default_factory=list, sa_type=JSONB)


class Customer(Entity, KnownFacts, table=True):
    """A customer. Every change that others should know of takes the version one up."""

    __tablename__ = "customer"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_counts_from_one"),
        CheckConstraint("kind IN ('individual', 'group')", name="kind_known"),
        CheckConstraint(
            "status IN ('prospect', 'active', 'suspended', 'churned')", name="status_known"
        ),
        CheckConstraint("sampling_key ~ '^[0-9a-f]{16}$'", name="sampling_key_is_64_bits_in_hex"),
        CheckConstraint("jsonb_array_length(identifiers) >= 1", name="recognised_by_something"),
        CheckConstraint("group_class IN ('A', 'B', 'C')", name="group_class_known"),
        CheckConstraint(
            "kind = 'group' OR (group_class IS NULL AND account_manager IS NULL "
            "AND parent_id IS NULL)",
            name="only_groups_have_a_class_a_manager_and_a_parent",
        ),
        CheckConstraint("parent_id <> id", name="no_group_is_its_own_parent"),
        Index("customer_by_unit", "unit", "id", postgresql_ops={"unit": "text_pattern_ops"}),
        Index("customer_sample", "sampling_key", postgresql_where=text("sampling_key < '08'")),
        Index(
            "customer_by_name",
            text("lower(name)"),
            "id",
            postgresql_where=text("name IS NOT NULL"),
        ),
        Index("customer_group", "id", postgresql_where=text("kind = 'group'")),
        Index(
            "customer_by_parent",
            "parent_id",
            "id",
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        Index(
            "customer_by_account_manager",
            "account_manager",
            "id",
            postgresql_where=text("account_manager IS NOT NULL"),
        ),
        Index(
            "customer_by_tag_expiry",
            "tags_expire_at",
            postgresql_where=text("tags_expire_at IS NOT NULL"),
        ),
    )

    version: int = 1
    kind: CustomerKind = Field(sa_type=Text)
    status: CustomerStatus = Field(sa_type=Text)
    name: str | None = Field(default=None, sa_type=Text)
    group_class: GroupClass | None = Field(default=None, sa_type=Text)
    account_manager: str | None = Field(default=None, sa_type=Text)
    parent_id: UUID | None = Field(default=None, foreign_key="customer.id")
    unit: str = Field(sa_type=Text)
    time_zone: str = Field(sa_type=Text)
    sampling_key: str = Field(sa_type=Text)
    attributes: dict[str, Scalar] = Field(default_factory=dict, sa_type=JSONB)
    identifiers: list[Fact] = _facts()
    tags: list[Fact] = _facts()
    holdings: list[Fact] = _facts()
    consents: list[Fact] = _facts()
    special_lists: list[Fact] = _facts()
    tags_expire_at: datetime | None = moment(default=None)


@dataclass(kw_only=True)
class Newcomer(KnownFacts):
    """A customer on the way in: no row yet, and none of the cost of one."""

    id: UUID = field(default_factory=uuid7)
    created_at: datetime = field(default_factory=utcnow)
    version: int = 1
    kind: CustomerKind = CustomerKind.INDIVIDUAL
    status: CustomerStatus = CustomerStatus.PROSPECT
    name: str | None = None
    group_class: GroupClass | None = None
    account_manager: str | None = None
    parent_id: UUID | None = None
    unit: str
    time_zone: str
    sampling_key: str
    attributes: dict[str, Scalar] = field(default_factory=dict)
    identifiers: list[Fact] = field(default_factory=list)
    tags: list[Fact] = field(default_factory=list)
    holdings: list[Fact] = field(default_factory=list)
    consents: list[Fact] = field(default_factory=list)
    special_lists: list[Fact] = field(default_factory=list)
    tags_expire_at: datetime | None = None
