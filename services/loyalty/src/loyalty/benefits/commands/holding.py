"""Holding tasks: nobody else answers or reverses them before the transaction ends."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from kit.database import AsyncSession

HOLD = text("""
SELECT pg_advisory_xact_lock(key) FROM (
  SELECT DISTINCT hashtextextended('benefit:' || task, 0) AS key
  FROM unnest(:tasks) AS task ORDER BY key
) AS each
""").bindparams(bindparam("tasks", type_=ARRAY(Uuid)))


async def hold_tasks(session: AsyncSession, tasks: Iterable[UUID]) -> None:
    """Always after the accounts of whom they are: batches of events hold those first."""
    await session.execute(HOLD, {"tasks": list(tasks)})
