"""Hearing each event once: claims, and a place for what keeps failing."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import text

from kit.tables import inbox_receipt, parked_event

FORGOTTEN_AT_ONCE = 10_000
CLAIM = text("""
WITH asked AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:reactions AS text[]), CAST(:events AS uuid[]))
    AS asked (reaction, event_id)
), claimed AS (
  INSERT INTO inbox_receipt (reaction, event_id)
  SELECT * FROM asked ORDER BY reaction, event_id
  ON CONFLICT DO NOTHING RETURNING reaction, event_id
)
SELECT reaction, event_id FROM asked EXCEPT SELECT reaction, event_id FROM claimed
""")


async def claim(session: AsyncSession, pairs: Iterable[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
    """Claim (reaction, event) pairs; what is missing in the answer took effect before.

    Of two claims at once the second waits for the first's transaction. Sorted, so that two batches
    can't wait for each other. Only what was claimed before is answered: hardly ever is there any.
    """
    asked = set(pairs)
    if not asked:
        return set()
    reactions, events = zip(*asked, strict=True)
    before = await session.execute(CLAIM, {"reactions": [*reactions], "events": [*events]})
    return asked - {(row.reaction, row.event_id) for row in before}


async def park(
    session: AsyncSession,
    event_id: UUID,
    subject: str,
    headers: dict[str, str],
    content: str,
    *,
    reason: str,
    attempts: int,
) -> None:
    """Put an event that keeps failing where a person sees it."""
    values = {
        "subject": subject,
        "headers": headers,
        "content": content,
        "reason": reason[:4000],
        "attempts": attempts,
    }
    statement = insert(parked_event).values(id=event_id, **values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_={**values, "parked_at": func.now()}
        )
    )


async def parked_count(session: AsyncSession) -> int:
    return (await session.execute(select(func.count()).select_from(parked_event))).scalar_one()


async def forget_old_receipts(session: AsyncSession, *, days: int) -> bool:
    """Receipts older than any stream keeps events guard nothing; whether some of them are left."""
    old = select(inbox_receipt.c.reaction, inbox_receipt.c.event_id).where(
        inbox_receipt.c.received_at < func.now() - timedelta(days=days)
    )
    key = tuple_(inbox_receipt.c.reaction, inbox_receipt.c.event_id)
    statement = delete(inbox_receipt).where(key.in_(old.limit(FORGOTTEN_AT_ONCE)))
    forgotten: int = (await session.execute(statement)).rowcount  # type: ignore[attr-defined]
    return forgotten == FORGOTTEN_AT_ONCE
