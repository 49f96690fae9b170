"""Everything that changes privileges: defined, given, renewed, withdrawn, ended."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Uuid, bindparam, delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.events import record
from kit.models import utcnow
from loyalty.accounts.commands import hold_accounts, open_accounts
from loyalty.privileges.events import PrivilegeEnded, PrivilegeGiven
from loyalty.privileges.models import (
    EXPIRED,
    WITHDRAWN,
    NewPrivilege,
    PrivilegePeriod,
    TierPrivilege,
)
from loyalty.privileges.queries import privileges_by_code
from loyalty.tiers.models import Tier

ENDED_AT_ONCE = 2_000

GIVE = text("""
WITH asked AS (
  SELECT new.*, privilege.days, row_number() OVER (
    PARTITION BY new.customer_id, new.code ORDER BY new.source_id) AS place
  FROM jsonb_to_recordset(CAST(:asked AS jsonb)) AS new (
    code text, customer_id uuid, source_kind text, source_id uuid, id uuid)
  JOIN privilege ON privilege.code = new.code
  WHERE NOT EXISTS (
    SELECT FROM privilege_period AS known
    WHERE known.source_kind = new.source_kind AND known.source_id = new.source_id)
), based AS (
  SELECT asked.*, greatest(CAST(:now AS timestamptz), (
    SELECT max(until) FROM privilege_period AS known
    WHERE known.customer_id = asked.customer_id AND known.privilege_code = asked.code
      AND known.ended_at IS NULL)) AS base
  FROM asked
)
INSERT INTO privilege_period (id, created_at, customer_id, privilege_code, source_kind, source_id,
  since, until)
SELECT id, :now, customer_id, code, source_kind, source_id,
  base + make_interval(days => days * CAST(place - 1 AS int)),
  base + make_interval(days => days * CAST(place AS int))
FROM based ORDER BY source_kind, source_id
ON CONFLICT DO NOTHING
RETURNING customer_id, privilege_code, source_kind, source_id, since, until
""")

# What was stacked behind a period that is withdrawn moves up by what was left of it.
WITHDRAW = text("""
WITH gone AS (
  UPDATE privilege_period SET ended_at = :now, end_reason = 'withdrawn'
  WHERE source_kind = :source_kind AND source_id = :source_id AND ended_at IS NULL AND until > :now
  RETURNING id, customer_id, privilege_code, until,
    until - greatest(since, CAST(:now AS timestamptz)) AS left_over
), moved AS (
  UPDATE privilege_period AS later
  SET since = later.since - left_over, until = later.until - left_over
  FROM gone
  WHERE later.customer_id = gone.customer_id AND later.privilege_code = gone.privilege_code
    AND later.ended_at IS NULL AND later.id <> gone.id AND later.since >= gone.until
)
SELECT customer_id, privilege_code FROM gone
""")
OWNERS = text("""
SELECT customer_id FROM privilege_period
WHERE source_kind = :source_kind AND source_id = ANY (:source_ids)
""").bindparams(bindparam("source_ids", type_=ARRAY(Uuid)))
END = text("""
WITH due AS (
  SELECT id FROM privilege_period WHERE ended_at IS NULL AND until <= :now
  ORDER BY until LIMIT :most FOR UPDATE SKIP LOCKED
)
UPDATE privilege_period AS period SET ended_at = until, end_reason = 'expired'
FROM due WHERE period.id = due.id
RETURNING customer_id, privilege_code, period.ended_at
""")
STILL_HELD = text("""
SELECT DISTINCT customer_id, privilege_code FROM privilege_period
WHERE customer_id = ANY (:customers) AND ended_at IS NULL AND until > :now
""").bindparams(bindparam("customers", type_=ARRAY(Uuid)))


async def set_tier_privileges(session: AsyncSession, tier: str, codes: Iterable[str]) -> None:
    """From now on the tier brings these privileges and no others; NotFound for any unknown."""
    if await session.get(Tier, tier, with_for_update=True) is None:
        raise NotFound("tier", tier)
    wanted = sorted(set(codes))
    known = await privileges_by_code(session, wanted)
    for code in wanted:
        if code not in known:
            raise NotFound("privilege", code)
    await session.execute(delete(TierPrivilege).where(col(TierPrivilege.tier_code) == tier))
    if wanted:
        rows = [{"tier_code": tier, "privilege_code": code} for code in wanted]
        await session.execute(insert(TierPrivilege).values(rows))


async def give_privileges(
    session: AsyncSession, asked: Sequence[NewPrivilege], now: datetime | None = None
) -> None:
    """Give each once for its source, after what the customer has of the same; codes are known.

    The accounts are held, so that two renewals at the same time last one after the other.
    """
    if not asked:
        return
    now = now or utcnow()
    await open_accounts(session, (each.customer_id for each in asked))
    await hold_accounts(session, (each.customer_id for each in asked))
    names = await privileges_by_code(session, (each.code for each in asked))
    rows = [_row(each) for each in asked]
    given = await session.execute(
        GIVE, {"asked": orjson.dumps(rows, default=str).decode(), "now": now}
    )
    for each in given:
        record(
            session,
            PrivilegeGiven(
                customer_id=each.customer_id,
                privilege_code=each.privilege_code,
                name=names[each.privilege_code].name,
                since=each.since,
                until=each.until,
                source_kind=each.source_kind,
                source_id=each.source_id,
            ),
        )


def _row(asked: NewPrivilege) -> dict[str, Any]:
    period = PrivilegePeriod(
        customer_id=asked.customer_id,
        privilege_code=asked.code,
        source_kind=asked.source_kind,
        source_id=asked.source_id,
    )
    return {
        **period.model_dump(include={"id", "customer_id", "source_kind", "source_id"}),
        "code": asked.code,
    }


async def withdraw_privileges(
    session: AsyncSession, source_kind: str, source_ids: Sequence[UUID], now: datetime | None = None
) -> None:
    """End what was given for these sources, as far as it has not ended; again changes nothing."""
    now = now or utcnow()
    owners = await session.scalars(
        OWNERS, {"source_kind": source_kind, "source_ids": list(source_ids)}
    )
    await hold_accounts(session, owners.all())
    gone: set[tuple[UUID, str]] = set()
    for source_id in sorted(source_ids):
        asked = {"source_kind": source_kind, "source_id": source_id, "now": now}
        gone |= {
            (row.customer_id, row.privilege_code) for row in await session.execute(WITHDRAW, asked)
        }
    await _tell_ended(session, dict.fromkeys(gone, now), WITHDRAWN, now)


async def end_privileges(session: AsyncSession, now: datetime | None = None) -> None:
    """What has come to its end is over; who has no other period of the same is told of."""
    now = now or utcnow()
    ended: dict[tuple[UUID, str], datetime] = {}
    for row in await session.execute(END, {"now": now, "most": ENDED_AT_ONCE}):
        key = (row.customer_id, row.privilege_code)
        ended[key] = max(row.ended_at, ended.get(key, row.ended_at))
    await _tell_ended(session, ended, EXPIRED, now)


async def _tell_ended(
    session: AsyncSession, ended: dict[tuple[UUID, str], datetime], reason: str, now: datetime
) -> None:
    if not ended:
        return
    customers = list({customer for customer, _ in ended})
    held = {
        tuple(row)
        for row in await session.execute(STILL_HELD, {"customers": customers, "now": now})
    }
    for customer, code in sorted(ended.keys() - held):
        record(
            session,
            PrivilegeEnded(
                customer_id=customer,
                privilege_code=code,
                ended_at=ended[customer, code],
                reason=reason,
            ),
        )
