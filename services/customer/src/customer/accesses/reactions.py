"""Keeping what other services tell of looks at customers."""

from collections.abc import Sequence

from customer.accesses.models import Access
from customer.entity import table_of
from kit.bulk import insert_new_rows
from kit.database import AsyncSession
from kit.events import Heard
from kit.models import utcnow
from kit.personal.noting import Look


class AccessesNoted(Heard):
    """The part of `*.accesses.noted.v1` that the audit keeps."""

    service: str
    looks: list[Look]


async def keep_noted_accesses(session: AsyncSession, events: Sequence[AccessesNoted]) -> None:
    """They are sealed by when they came here; when they were seen is kept beside it."""
    now = utcnow()
    rows = [
        {
            "at": now,
            "id": look.id,
            "customer_id": look.person_id,
            **look.model_dump(include={"by", "role", "unit", "purpose", "fields", "whole"}),
            "service": event.service,
            "seen_at": look.at,
        }
        for event in events
        for look in event.looks
    ]
    await insert_new_rows(session, table_of(Access), rows)
