"""Putting tags on and taking them off, also when their time is over."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import col, select

from customer.profiles.commands import announce
from customer.profiles.models import Customer
from customer.profiles.queries import customer_for_update
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.identity import Caller
from kit.models import utcnow

TAG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
BY_HAND: Final = "hand"
EXPIRED_AT_ONCE: Final = 1_000


async def tag_customer(
    session: AsyncSession, customer_id: UUID, tag: str, expires_at: datetime | None, caller: Caller
) -> Customer:
    """Put a tag on, or give it another end."""
    checked_tag(tag)
    if expires_at is not None and expires_at <= utcnow():
        raise InvalidInput("expiresAt", "lies in the past")
    customer = await customer_for_update(session, customer_id, caller)
    if customer.tag(tag, BY_HAND, expires_at):
        announce(session, [customer])
    return customer


async def untag_customer(
    session: AsyncSession, customer_id: UUID, tag: str, caller: Caller
) -> Customer:
    customer = await customer_for_update(session, customer_id, caller)
    if customer.untag(tag):
        announce(session, [customer])
    return customer


async def expire_tags(session: AsyncSession) -> None:
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


def checked_tag(tag: str, field: str = "tag") -> str:
    if not TAG.fullmatch(tag):
        raise InvalidInput(field, "is up to 63 of a-z, 0-9, _ and -")
    return tag
