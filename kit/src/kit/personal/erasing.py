"""Erasing a person: at once, once more when nobody can have overlooked it, and then confirmed.

Whoever is erased leaves a tombstone, so that what is heard of them later has no effect. A
transaction that began before the tombstone may still write: therefore a second sweep follows when
all of those have ended, and only a sweep after which nothing waits to be published, and nothing
published is left in the stream, is confirmed.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Uuid,
    any_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from structlog import get_logger

from kit import metrics
from kit.personal.held import Blanked, Deleted, Held
from kit.tables import (
    erased_person,
    erasure,
    first_answer,
    moved_row,
    outbox,
    parked_event,
    personal_message,
)

AT_ONCE = 20
OLDER_TRANSACTIONS = text(
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
    "AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start < :moment)"
)
AMONG = select(erased_person.c.id).where(
    erased_person.c.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
)
log = get_logger(__name__)


class Erased(NamedTuple):
    """An erasure that is done: whose, and how many rows were deleted or blanked."""

    request_id: UUID
    person: UUID
    rows: int


async def erase(
    session: AsyncSession, held: Sequence[Held], request_id: UUID, ids: Sequence[UUID]
) -> None:
    """Erase whoever goes by `ids`, the first being the one they go by now; again changes nothing."""
    await session.execute(
        insert(erased_person)
        .values([{"id": each} for each in sorted(set(ids))])
        .on_conflict_do_nothing()
    )
    begun = insert(erasure).values(request_id=request_id, ids=list(ids), rows=0)
    await session.execute(begun.on_conflict_do_nothing())
    await _sweep(session, held, request_id, ids)


async def finish_erasures(session: AsyncSession, held: Sequence[Held]) -> list[Erased]:
    """Sweep once more where it is time to; the erasures of which nothing is left now."""
    waiting = (
        await session.execute(
            select(erasure)
            .where(erasure.c.confirmed_at.is_(None))
            .order_by(erasure.c.request_id)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
    ).all()
    done = [each for each in waiting if await _is_finished(session, held, each)]
    if done:
        finished = erasure.c.request_id.in_([each.request_id for each in done])
        await session.execute(
            update(erasure).where(finished).values(confirmed_at=func.clock_timestamp())
        )
    return [await _erased(session, each) for each in done]


async def erased_among(session: AsyncSession, ids: Iterable[UUID]) -> set[UUID]:
    """Those of `ids` who were erased."""
    asked = set(ids)
    if not asked:
        return set()
    return set((await session.execute(AMONG, {"ids": list(asked)})).scalars())


async def _is_finished(session: AsyncSession, held: Sequence[Held], begun: Any) -> bool:
    """The first look notes the time; later ones sweep, once all that began before has ended."""
    if begun.noticed_at is None:
        noticed = update(erasure).where(erasure.c.request_id == begun.request_id)
        await session.execute(noticed.values(noticed_at=func.clock_timestamp()))
        return False
    older = await session.execute(OLDER_TRANSACTIONS, {"moment": begun.noticed_at})
    if older.scalar_one():
        return False
    await _sweep(session, held, begun.request_id, begun.ids)
    return not await _is_still_told(session, begun.ids)


async def _is_still_told(session: AsyncSession, ids: Sequence[UUID]) -> bool:
    """Whether something personal waits to be published, or lies in the stream."""
    waits = exists().where(outbox.c.personal, outbox.c.about.in_([str(each) for each in ids]))
    lies = exists().where(personal_message.c.about.in_(ids))
    return bool((await session.execute(select(or_(waits, lies)))).scalar_one())


async def _sweep(
    session: AsyncSession, held: Sequence[Held], request_id: UUID, ids: Sequence[UUID]
) -> None:
    rows = 0
    for each in held:
        rows += await _erase_from(session, each, ids)
    parked = [parked_event.c.content.contains(str(each)) for each in ids]
    rows += await _count(session, delete(parked_event).where(or_(*parked)))
    rows += await _count(session, delete(first_answer).where(first_answer.c.about.in_(ids)))
    moved = or_(moved_row.c.owner_id.in_(ids), moved_row.c.origin_id.in_(ids))
    rows += await _count(session, delete(moved_row).where(moved))
    if rows:
        more = update(erasure).where(erasure.c.request_id == request_id)
        await session.execute(more.values(rows=erasure.c.rows + rows))


async def _erase_from(session: AsyncSession, held: Held, ids: Sequence[UUID]) -> int:
    if isinstance(held.erased, Deleted):
        return await _count(session, delete(held.table).where(held.of(ids)))
    if isinstance(held.erased, Blanked):
        blank = held.erased.columns
        told = [held.table.c[name].is_distinct_from(value) for name, value in blank.items()]
        statement = update(held.table).where(held.of(ids), or_(*told)).values(dict(blank))
        return await _count(session, statement)
    return 0


async def _count(session: AsyncSession, statement: Any) -> int:
    found: int = (await session.execute(statement)).rowcount  # type: ignore[attr-defined]
    return found


async def _erased(session: AsyncSession, done: Any) -> Erased:
    rows = await session.execute(
        select(erasure.c.rows).where(erasure.c.request_id == done.request_id)
    )
    metrics.people_erased.inc()
    log.info("person_erased", request_id=str(done.request_id))
    return Erased(done.request_id, done.ids[0], rows.scalar_one())
