"""Putting tags on and taking them off, also when their time is over."""

import re
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, select

from customer.profiles.commands import announce
from customer.profiles.fading import days_until_below, fading, midnight
from customer.profiles.models import Customer
from customer.profiles.queries import customer_for_update
from customer.tags.errors import TagIsComputed
from customer.tags.models import TagDefinition, TagKind
from customer.tags.queries import definition_of
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.identity import Caller
from kit.models import utcnow
from kit.schedules import MORE

TAG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
BY_HAND: Final = "hand"
EXPIRED_AT_ONCE: Final = 1_000


async def tag_customer(
    session: AsyncSession, customer_id: UUID, tag: str, expires_at: datetime | None, caller: Caller
) -> Customer:
    """Put a tag on, or give it another end; without one it ends as its definition says."""
    now = utcnow()
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("expiresAt", "lies in the past")
    definition = await definition_of(session, checked_tag(tag))
    _refuse_computed(definition)
    customer = await customer_for_update(session, customer_id, caller)
    if customer.tag(tag, BY_HAND, *_end(definition, expires_at, now)):
        announce(session, [customer])
    return customer


def _end(
    definition: TagDefinition | None, expires_at: datetime | None, now: datetime
) -> tuple[datetime | None, dict[str, Any]]:
    """When it falls off, and how it fades until then."""
    if definition is None or definition.retired or expires_at is not None:
        return expires_at, {}
    if definition.half_life_days is not None and definition.fades_below is not None:
        days = days_until_below(definition.fades_below, definition.half_life_days)
        return midnight(now.date() + timedelta(days=days)), fading(
            now.date(), definition.half_life_days
        )
    if definition.expires_after_days is not None:
        return now + timedelta(days=definition.expires_after_days), {}
    return None, {}


def _refuse_computed(definition: TagDefinition | None) -> None:
    if definition and definition.kind == TagKind.COMPUTED and not definition.retired:
        raise TagIsComputed(definition.tag)


async def untag_customer(
    session: AsyncSession, customer_id: UUID, tag: str, caller: Caller
) -> Customer:
    _refuse_computed(await definition_of(session, tag))
    customer = await customer_for_update(session, customer_id, caller)
    if customer.untag(tag):
        announce(session, [customer])
    return customer


async def expire_tags(session: AsyncSession) -> str | None:
    """Take off the tags whose time is over; what is left over waits for the next turn."""
    now = utcnow()
    statement = (
        select(Customer)
        .where(col(Customer.tags_expire_at) <= now)
        .order_by(col(Customer.tags_expire_at))
        .limit(EXPIRED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    expiring = (await session.scalars(statement)).all()
    announce(session, [each for each in expiring if each.drop_expired_tags(now)])
    return MORE if len(expiring) == EXPIRED_AT_ONCE else None


def checked_tag(tag: str, field: str = "tag") -> str:
    if not TAG.fullmatch(tag):
        raise InvalidInput(field, "is up to 63 of a-z, 0-9, _ and -")
    return tag
