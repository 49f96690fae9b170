"""The customers a decision is about: their facts, and their contacts so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from campaign.facts.permission import said_by
from campaign.facts.vocabulary import Subject

KNOWN = text(
    """
    SELECT facts.id, facts.kind, facts.status, facts.unit, facts.time_zone, facts.sampling_key,
        facts.attributes, facts.tags, facts.holdings, facts.consents, facts.special_lists,
        tier.tier,
        ARRAY(
            SELECT code FROM customer_segment AS segment
            WHERE segment.customer_id = facts.id AND segment.member
        ) AS segments,
        (
            SELECT max(complained_at) FROM customer_complaint AS complaint
            WHERE complaint.id = facts.id
            OR complaint.id = ANY(ARRAY(SELECT old_id FROM alias WHERE current_id = facts.id))
        ) AS complained_at,
        (
            SELECT jsonb_agg(jsonb_build_array(
                campaign_id, offer_id, channel_kind, state, dispatch_at, declined_at
            ) ORDER BY task.id)
            FROM task WHERE task.customer_id = facts.id
                AND (task.state <> 'withdrawn' OR task.presented_at IS NOT NULL)
        ) AS contacts,
        (
            SELECT array_agg(touchpoint_id) FROM decision
            WHERE touchpoint_id = ANY(:touchpoints) AND decision.customer_id = facts.id
        ) AS decided
    FROM customer_facts AS facts
    LEFT JOIN customer_tier AS tier ON tier.id = facts.id
    WHERE facts.id = ANY(:customers)
    """
)


@dataclass(slots=True)
class Contact:
    """A task of the customer, of any campaign."""

    campaign_id: UUID
    offer_id: UUID
    channel_kind: str
    state: str
    at: datetime
    declined_at: datetime | None = None


@dataclass(slots=True)
class KnownCustomer:
    """All that a decision reads of a customer."""

    id: UUID
    unit: str
    zone: tzinfo
    sampling_key: str
    subject: Subject
    consents: dict[tuple[str, str], bool]
    complained_at: datetime | None
    contacts: list[Contact]
    decided: set[UUID] = field(default_factory=set)


async def known_customers(
    session: AsyncSession,
    customers: Sequence[UUID],
    touchpoints: Sequence[UUID],
    now: datetime,
) -> dict[UUID, KnownCustomer]:
    """Customers of whom facts have arrived."""
    rows = await session.execute(
        KNOWN, {"customers": list(set(customers)), "touchpoints": list(touchpoints)}
    )
    return {row.id: _customer(row, now) for row in rows}


def _customer(row: Any, now: datetime) -> KnownCustomer:
    return KnownCustomer(
        id=row.id,
        unit=row.unit,
        zone=_zone(row.time_zone),
        sampling_key=row.sampling_key,
        subject=Subject(
            kind=row.kind,
            status=row.status,
            unit=row.unit,
            tier=row.tier,
            tags=frozenset(row.tags),
            holdings=_held(row.holdings, now),
            special_lists=frozenset(row.special_lists),
            attributes=row.attributes,
            segments=frozenset(row.segments),
        ),
        consents=said_by(row.consents),
        complained_at=row.complained_at,
        contacts=[_contact(each) for each in row.contacts or ()],
        decided=set(row.decided or ()),
    )


def _contact(values: list[Any]) -> Contact:
    campaign_id, offer_id, channel_kind, state, at, declined_at = values
    return Contact(
        UUID(campaign_id),
        UUID(offer_id),
        channel_kind,
        state,
        datetime.fromisoformat(at),
        datetime.fromisoformat(declined_at) if declined_at else None,
    )


def _held(holdings: list[dict[str, Any]], now: datetime) -> frozenset[str]:
    """The products held now."""
    return frozenset(
        each["product_code"]
        for each in holdings
        if not (_after(each.get("since"), now) or _until(each.get("until"), now))
    )


def _after(since: str | None, now: datetime) -> bool:
    return since is not None and _moment(since) > now


def _until(until: str | None, now: datetime) -> bool:
    return until is not None and _moment(until) <= now


def _moment(written: str) -> datetime:
    """A moment, or the beginning of a day, in UTC unless it says otherwise."""
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@lru_cache(maxsize=1_024)
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
