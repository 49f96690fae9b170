"""Noting by what customers are known: devices, payment accounts and addresses, as marks."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, delete, select, text, tuple_
from sqlmodel import SQLModel, col

from kit.database import AsyncSession
from kit.models import utcnow
from kit.schedules import MORE
from loyalty.entity import table_of
from loyalty.fraud.marks import mark_of
from loyalty.fraud.models import CustomerMark, Mark, ScreenedAct

KEPT_DAYS: Final = 92
AT_ONCE: Final = 5_000
NOTE: Final = text("SELECT note_marks(CAST(:seen AS jsonb))")


class Seen(NamedTuple):
    """A customer was met with something by which they may be known again."""

    customer_id: UUID
    kind: str
    told: str
    at: datetime


async def note_marks(session: AsyncSession, seen: Iterable[Seen]) -> None:
    """Keep with what customers were met; what comes late changes no newer sight."""
    rows = [
        {"mark_id": mark, "kind": each.kind, "customer_id": each.customer_id, "at": each.at}
        for each in seen
        if (mark := mark_of(each.kind, each.told)) is not None
    ]
    if rows:
        await session.execute(NOTE, {"seen": orjson.dumps(rows, default=str).decode()})


async def forget_old_acts(session: AsyncSession, now: datetime | None = None) -> str | None:
    """Forget acts and marks that no rule looks back to, a bounded number at once."""
    before = (now or utcnow()) - timedelta(days=KEPT_DAYS)
    forgotten = [
        await _forget(session, ScreenedAct, ["position"], col(ScreenedAct.at) < before),
        await _forget(
            session,
            CustomerMark,
            ["mark_id", "customer_id"],
            col(CustomerMark.last_seen_at) < before,
        ),
    ]
    unused = ~select(col(CustomerMark.mark_id)).where(col(CustomerMark.mark_id) == Mark.id).exists()
    old = (col(Mark.last_seen_at) < before) & unused
    forgotten.append(await _forget(session, Mark, ["id"], old))
    return MORE if AT_ONCE in forgotten else None


async def _forget(
    session: AsyncSession, model: type[SQLModel], key: Sequence[str], old: ColumnElement[bool]
) -> int:
    table = table_of(model)
    columns = [table.c[name] for name in key]
    few = select(*columns).where(old).limit(AT_ONCE)
    gone = await session.execute(delete(table).where(tuple_(*columns).in_(few)))
    return int(gone.rowcount)  # type: ignore[attr-defined]
