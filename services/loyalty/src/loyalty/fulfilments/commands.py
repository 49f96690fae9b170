"""Everything that changes fulfilments."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.events import record
from kit.models import utcnow, uuid7
from loyalty.fulfilments import measures, queries
from loyalty.fulfilments.events import FulfilmentRecalled, FulfilmentRequested
from loyalty.fulfilments.models import Fulfilment, FulfilmentState, NewFulfilment, step

REASON_LENGTH = 200
log = get_logger(__name__)

END = text("""
WITH held AS (
  SELECT fulfilment.id, told.* FROM fulfilment
  JOIN jsonb_to_recordset(CAST(:told AS jsonb)) AS told (
    fulfilment_id uuid, attempt integer, state text, reference text, reason text, ended_by text,
    ended_at timestamptz, step jsonb) ON told.fulfilment_id = fulfilment.id
  WHERE fulfilment.state = 'requested' AND fulfilment.attempt = told.attempt
  ORDER BY fulfilment.id FOR NO KEY UPDATE OF fulfilment
)
UPDATE fulfilment SET state = held.state, reference = held.reference, reason = held.reason,
  ended_by = held.ended_by, ended_at = held.ended_at,
  history = fulfilment.history || jsonb_build_array(held.step)
FROM held WHERE fulfilment.id = held.id
""")


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt to hand something out ended, as the arms tell it."""

    fulfilment_id: UUID
    attempt: int
    state: FulfilmentState
    reference: str
    reason: str
    by: str
    at: datetime


REQUEST = text("""
INSERT INTO fulfilment (id, created_at, customer_id, unit, kind, title, reward_code, quantity,
  amount_minor, currency, partner_code, source_kind, source_id, state, attempt, requested_at,
  reference, reason, ended_by, history)
SELECT asked.id, asked.requested_at, asked.customer_id, coalesce(account.unit, ''), asked.kind,
  asked.title, asked.reward_code, asked.quantity, asked.amount_minor, asked.currency,
  asked.partner_code, asked.source_kind, asked.source_id, 'requested', 1, asked.requested_at,
  '', '', '', asked.history
FROM json_populate_recordset(CAST(NULL AS fulfilment), CAST(:asked AS json)) AS asked
LEFT JOIN points_account AS account USING (customer_id)
ORDER BY asked.source_kind, asked.source_id
ON CONFLICT DO NOTHING RETURNING id, unit
""")


async def request_fulfilments(session: AsyncSession, wanted: Sequence[NewFulfilment]) -> list[UUID]:
    """Have things handed out, each source's once: a repeat gets what was asked for first."""
    if not wanted:
        return []
    new = {each.source: each for each in reversed(wanted)}
    rows = {source: _row(new[source]) for source in sorted(new)}
    asked = {"asked": orjson.dumps(list(rows.values()), default=str).decode()}
    units = {row.id: row.unit for row in await session.execute(REQUEST, asked)}
    kept: dict[tuple[str, UUID], UUID] = {}
    for source, row in rows.items():
        if row["id"] in units:
            kept[source] = row["id"]
            told = asdict(new[source])
            told |= {"fulfilment_id": row["id"], "attempt": 1, "unit": units[row["id"]]}
            record(session, FulfilmentRequested(**told))
    if repeated := new.keys() - kept.keys():
        known = await queries.by_source(session, repeated)
        kept |= {source: each.id for source, each in known.items()}
    return [kept[each.source] for each in wanted]


def _row(wanted: NewFulfilment) -> dict[str, Any]:
    return {
        **asdict(wanted),
        "id": uuid7(),
        "requested_at": utcnow(),
        "history": [step("requested")],
    }


async def recall_fulfilments(session: AsyncSession, sources: Iterable[tuple[str, UUID]]) -> None:
    """Ask for what is not handed out yet: the arms answer with a failure, or hand it out still."""
    kept = await queries.by_source(session, sources)
    for source in sorted(kept):
        if kept[source].state == FulfilmentState.REQUESTED:
            announce(session, kept[source], FulfilmentRecalled)


def announce(
    session: AsyncSession,
    fulfilment: Fulfilment,
    event: type[FulfilmentRequested] = FulfilmentRequested,
) -> None:
    """Ask the arms to hand it out, or not to."""
    record(
        session,
        event(
            fulfilment_id=fulfilment.id,
            **{
                name: getattr(fulfilment, name)
                for name in FulfilmentRequested.model_fields
                if name != "fulfilment_id"
            },
        ),
    )


async def end_fulfilments(session: AsyncSession, ended: Iterable[Ended]) -> None:
    """Keep how attempts ended; what is over, or is tried again by now, stays as it is."""
    told = [
        {
            "fulfilment_id": each.fulfilment_id,
            "attempt": each.attempt,
            "state": each.state,
            "reference": each.reference,
            "reason": each.reason,
            "ended_by": each.by,
            "ended_at": each.at,
            "step": {
                "what": each.state,
                "at": each.at.isoformat(),
                "by": each.by,
                "reason": each.reason or None,
                "reference": each.reference or None,
            },
        }
        for each in {(each.fulfilment_id, each.attempt): each for each in ended}.values()
    ]
    await session.execute(END, {"told": orjson.dumps(told).decode()})


async def repeat_fulfilment(
    session: AsyncSession, fulfilment_id: UUID, *, reason: str, by: str
) -> Fulfilment:
    """Have one that failed tried once more; Conflict if it did not fail, or is owed no longer."""
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_LENGTH or "\x00" in reason:
        raise InvalidInput("reason", f"takes 1 to {REASON_LENGTH} characters")
    fulfilment = await queries.fulfilment_for_update(session, fulfilment_id)
    fulfilment.repeat(reason, by)
    session.add(fulfilment)
    announce(session, fulfilment)
    log.info("fulfilment_repeated", fulfilment=str(fulfilment.id), attempt=fulfilment.attempt)
    return fulfilment


async def measure_overdue_fulfilments(session: AsyncSession) -> None:
    """Show what takes too long."""
    for kind, many in (await queries.overdue_by_kind(session)).items():
        measures.overdue.labels(kind).set(many)
