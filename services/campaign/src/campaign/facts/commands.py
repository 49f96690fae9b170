"""Everything that changes what is known."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from campaign.entity import table_of
from campaign.facts.models import (
    CustomerComplaint,
    CustomerFacts,
    CustomerSegment,
    CustomerTier,
    KnownChannel,
    PlanVersion,
)
from kit.bulk import insert_rows, replacing
from kit.models import utcnow, uuid7
from kit.personal.erasing import erased_among

PLANS = "plans"


async def keep_newest(session: AsyncSession, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Rows by id, each kept only if its version is higher than what is there."""
    newest: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        if row["id"] not in newest or row["version"] > newest[row["id"]]["version"]:
            newest[row["id"]] = row
    written = replacing(name for name in rows[0] if name not in ("id", "created_at"))
    await insert_rows(
        session,
        table,
        [newest[each] for each in sorted(newest)],
        f"ON CONFLICT (id) DO UPDATE SET {written} WHERE excluded.version > {table.name}.version",
    )


async def keep_customers(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    await keep_newest(session, table_of(CustomerFacts), rows)


async def keep_tiers(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    await keep_newest(session, table_of(CustomerTier), rows)


async def keep_segments(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Of two reports about a customer and a segment the one with the higher position counts."""
    erased = await erased_among(session, {row["customer_id"] for row in rows})
    newest: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda each: int(each["position"])):
        if row["customer_id"] not in erased:
            newest[row["customer_id"], row["segment_id"]] = row
    await insert_rows(
        session,
        table_of(CustomerSegment),
        [newest[each] for each in sorted(newest)],
        f"ON CONFLICT (customer_id, segment_id) DO UPDATE SET {replacing(('position', 'member'))} "
        "WHERE excluded.position > customer_segment.position",
    )


async def keep_complaints(session: AsyncSession, complaints: dict[UUID, datetime]) -> None:
    """The latest complaint of each customer."""
    rows = [
        {"id": customer, "created_at": utcnow(), "complained_at": at}
        for customer, at in sorted(complaints.items())
    ]
    statement = insert(table_of(CustomerComplaint)).values(rows)
    latest = func.greatest(
        table_of(CustomerComplaint).c.complained_at, statement.excluded.complained_at
    )
    await session.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_={"complained_at": latest})
    )


async def keep_channel(
    session: AsyncSession,
    *,
    code: str,
    kind: str,
    name: str,
    unit: str,
    partner_code: str | None,
    reported_at: datetime,
) -> None:
    """A channel as last reported; decisions read it anew."""
    table = table_of(KnownChannel)
    values = {
        "kind": kind,
        "name": name,
        "unit": unit,
        "partner_code": partner_code,
        "reported_at": reported_at,
    }
    statement = insert(table).values(id=uuid7(), created_at=utcnow(), code=code, **values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["code"],
            set_=values,
            where=statement.excluded.reported_at >= table.c.reported_at,
        )
    )
    await renew_plans(session)


async def renew_plans(session: AsyncSession) -> None:
    """Have every decision after this commit read campaigns, offers and channels anew."""
    # A version of chance: one that was rolled back is never mistaken for one that came later.
    version = secrets.randbits(62)
    statement = insert(table_of(PlanVersion)).values(
        id=uuid7(), created_at=utcnow(), name=PLANS, version=version
    )
    await session.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"version": version})
    )


async def plan_version(session: AsyncSession) -> int:
    table = table_of(PlanVersion)
    found = await session.execute(select(table.c.version).where(table.c.name == PLANS))
    return found.scalar_one_or_none() or 0
