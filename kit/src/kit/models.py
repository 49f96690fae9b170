"""What is stored: identity, time, and the tables every service has."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid5 as make_uuid5
from uuid_utils.compat import uuid7 as make_uuid7


def utcnow() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def uuid7() -> UUID:
    """A new identifier: unique, and in the order of its making."""
    made: UUID = make_uuid7()
    return made


def uuid5(namespace: UUID, name: str) -> UUID:
    """The identifier that a name always has."""
    made: UUID = make_uuid5(namespace, name)
    return made


def moment(**options: Any) -> Any:
    """A column for an aware point in time."""
    return Field(sa_type=DateTime(timezone=True), **options)


class Entity(SQLModel):
    """A thing with an identity. Each service derives its own with a registry of its own."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    created_at: datetime = moment(default_factory=utcnow)
