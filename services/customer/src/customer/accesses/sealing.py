"""Sealing accesses: each seal is a digest of a span of time and of the seal before it.

Whoever changes, removes or adds an access afterwards breaks its seal and all that follow; whoever
makes them anew contradicts the digests that were announced, which lie in the stream and the logs.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import func, select, text
from sqlmodel import col
from structlog import get_logger

from customer.accesses.events import AccessesSealed
from customer.accesses.models import HERE, Access, AccessSeal
from customer.entity import table_of
from kit.database import AsyncSession
from kit.events import record
from kit.models import utcnow

LAG: Final = timedelta(minutes=1)
"""The clocks of those who note do not differ by more."""
LONGEST: Final = timedelta(hours=1)
PAGE: Final = 10_000
BEGINNING: Final = datetime(2020, 1, 1, tzinfo=UTC)
FIRST: Final = "0" * 64
ACCESSES: Final = table_of(Access)
ALWAYS: Final = ("id", "at", "customer_id", "by", "role", "unit", "purpose", "fields", "whole")
UNDER_WAY: Final = text(
    "SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database() "
    "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
LOCK: Final = text("SELECT pg_advisory_xact_lock(207421030)")
log = get_logger(__name__)


async def seal_accesses(session: AsyncSession) -> None:
    """Seal what has come to rest since the last seal; nothing when nothing came."""
    await session.execute(LOCK)
    last = await last_seal(session)
    since = last.until if last else BEGINNING
    oldest = await session.execute(select(func.min(ACCESSES.c.at)).where(ACCESSES.c.at >= since))
    begin = oldest.scalar_one()
    rest = await _came_to_rest(session)
    if begin is None or begin >= rest:
        return
    until = min(rest, begin + LONGEST)
    count, digest = await digest_of(session, since, until, last.digest if last else FIRST)
    number = last.number + 1 if last else 1
    seal = AccessSeal(number=number, since=since, until=until, accesses=count, digest=digest)
    session.add(seal)
    await session.flush()
    told = {name: getattr(seal, name) for name in AccessesSealed.model_fields}
    record(session, AccessesSealed(**told))
    log.info("accesses_sealed", number=seal.number, accesses=count, digest=digest)


async def _came_to_rest(session: AsyncSession) -> datetime:
    """Before this nothing more is noted: whoever began before has ended."""
    began: datetime | None = (await session.execute(UNDER_WAY)).scalar_one()
    now = utcnow()
    return min(now, began or now) - LAG


async def last_seal(session: AsyncSession) -> AccessSeal | None:
    statement = select(AccessSeal).order_by(col(AccessSeal.number).desc()).limit(1)
    return (await session.scalars(statement)).first()


async def is_intact(session: AsyncSession, seal: AccessSeal) -> bool:
    """Whether what it seals is still what it was, and follows the seal before."""
    statement = (
        select(col(AccessSeal.digest))
        .where(col(AccessSeal.number) < seal.number)
        .order_by(col(AccessSeal.number).desc())
        .limit(1)
    )
    before = (await session.execute(statement)).scalar_one_or_none() or FIRST
    found = await digest_of(session, seal.since, seal.until, before)
    return found == (seal.accesses, seal.digest)


async def digest_of(
    session: AsyncSession, since: datetime, until: datetime, before: str
) -> tuple[int, str]:
    """How many accesses lie in a span, and the digest of all of them after `before`."""
    digest = hashlib.sha256(before.encode())
    count, after = 0, None
    while rows := await _page(session, since, until, after):
        for row in rows:
            digest.update(orjson.dumps(_told(row), default=str))
        count += len(rows)
        after = rows[-1].id
    return count, digest.hexdigest()


def _told(row: Any) -> list[Any]:
    """What was seen here reads as it did before others told of what was seen there."""
    here = [getattr(row, name) for name in ALWAYS]
    return here if row.service == HERE else [*here, row.service, row.seen_at]


async def _page(
    session: AsyncSession, since: datetime, until: datetime, after: object
) -> Sequence[Any]:
    at, key = ACCESSES.c.at, ACCESSES.c.id
    statement = select(ACCESSES).where(at >= since, at < until).order_by(key).limit(PAGE)
    if after is not None:
        statement = statement.where(key > after)
    return (await session.execute(statement)).all()
