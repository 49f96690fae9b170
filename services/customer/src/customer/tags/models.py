"""What is laid down about a tag: who wears it, and how it ends."""

from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from customer.entity import Entity


class TagKind(StrEnum):
    STATIC = "static"
    COMPUTED = "computed"


class TagDefinition(Entity, table=True):
    """A tag with a definition. A computed one is worn by whom its rule fits, in its unit."""

    __tablename__ = "tag_definition"
    __table_args__ = (
        CheckConstraint("kind IN ('static', 'computed')", name="tag_kind_known"),
        CheckConstraint("(kind = 'computed') = (rule IS NOT NULL)", name="computed_by_a_rule"),
        CheckConstraint("half_life_days BETWEEN 1 AND 3660", name="half_life_in_days"),
        CheckConstraint(
            "(half_life_days IS NULL) = (fades_below IS NULL)", name="what_fades_ends_somewhere"
        ),
        CheckConstraint("fades_below >= 0.001 AND fades_below < 1", name="fades_below_a_share"),
        CheckConstraint(
            "expires_after_days IS NULL OR (kind = 'static' AND half_life_days IS NULL "
            "AND expires_after_days BETWEEN 1 AND 3660)",
            name="only_static_tags_that_do_not_fade_expire",
        ),
    )

    tag: str = Field(unique=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    unit: str = Field(sa_type=Text)
    kind: TagKind = Field(sa_type=Text)
    rule: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    half_life_days: int | None = None
    fades_below: float | None = None
    expires_after_days: int | None = None
    version: int = 1
    retired: bool = False
    defined_by: str = Field(sa_type=Text)
