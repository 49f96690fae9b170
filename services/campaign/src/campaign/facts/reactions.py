"""Keeping what others report, newest wins."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from campaign.facts import commands
from kit.events import Heard
from kit.models import utcnow, uuid7


class CustomerReported(Heard):
    """What decisions read of `customer.customer.registered` and `customer.customer.changed`."""

    customer_id: UUID
    version: int
    kind: str
    status: str
    unit: str
    time_zone: str
    sampling_key: str
    attributes: dict[str, Any]
    tags: list[str]
    holdings: list[dict[str, Any]]
    consents: list[dict[str, Any]]
    special_lists: list[str]


class TierChanged(Heard):
    customer_id: UUID
    version: int
    to_tier: str


class ComplaintHeard(Heard):
    """What decisions read of a complaint, opened or reopened."""

    customer_id: UUID
    at: datetime


class SegmentChanged(Heard):
    segment_id: UUID
    code: str
    position: int
    joined: list[UUID]
    left: list[UUID]


class ChannelOpened(Heard):
    code: str
    kind: str
    name: str
    unit: str
    partner_code: str | None = None


async def keep_customer_facts(session: AsyncSession, events: list[CustomerReported]) -> None:
    now = utcnow()
    rows = [
        {
            "id": event.customer_id,
            "created_at": now,
            **event.model_dump(exclude={"customer_id", "event_id", "event_time"}),
        }
        for event in events
    ]
    await commands.keep_customers(session, rows)


async def keep_customer_tier(session: AsyncSession, events: list[TierChanged]) -> None:
    now = utcnow()
    rows = [
        {
            "id": event.customer_id,
            "created_at": now,
            "version": event.version,
            "tier": event.to_tier,
        }
        for event in events
    ]
    await commands.keep_tiers(session, rows)


async def keep_complained_customers(session: AsyncSession, events: list[ComplaintHeard]) -> None:
    """Whoever complains is left alone for a while, also once it turns out to be unresolved."""
    latest: dict[UUID, datetime] = {}
    for event in events:
        latest[event.customer_id] = max(latest.get(event.customer_id, event.at), event.at)
    await commands.keep_complaints(session, latest)


async def keep_segment_members(session: AsyncSession, events: list[SegmentChanged]) -> None:
    now = utcnow()
    rows = [
        {
            "id": uuid7(),
            "created_at": now,
            "customer_id": customer_id,
            "segment_id": event.segment_id,
            "code": event.code,
            "position": event.position,
            "member": member,
        }
        for event in events
        for member, moved in ((True, event.joined), (False, event.left))
        for customer_id in moved
    ]
    await commands.keep_segments(session, rows)


async def keep_known_channel(session: AsyncSession, event: ChannelOpened) -> None:
    await commands.keep_channel(
        session,
        code=event.code,
        kind=event.kind,
        name=event.name,
        unit=event.unit,
        partner_code=event.partner_code,
        reported_at=event.event_time,
    )
