"""Everything that changes fulfilments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.events import record
from loyalty.entity import table_of
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


async def request_fulfilments(
    session: AsyncSession, wanted: Sequence[NewFulfilment]
) -> list[Fulfilment]:
    """Have things handed out, each source's once: a repeat gets what was asked for first."""
    if not wanted:
        return []
    units = await queries.units_of(session, {each.customer_id for each in wanted})
    new = {each.source: each for each in reversed(wanted)}
    rows = [_row(new[source], units) for source in sorted(new)]
    claim = insert(table_of(Fulfilment)).values([each.model_dump() for each in rows])
    claimed = claim.on_conflict_do_nothing().returning(col(Fulfilment.id))
    fresh = set((await session.execute(claimed)).scalars())
    kept = {each.source: each for each in rows if each.id in fresh}
    for source in sorted(kept):
        announce(session, kept[source])
    if repeated := new.keys() - kept.keys():
        kept |= await queries.by_source(session, repeated)
    return [kept[each.source] for each in wanted]


def _row(wanted: NewFulfilment, units: dict[UUID, str]) -> Fulfilment:
    return Fulfilment(
        customer_id=wanted.customer_id,
        unit=units.get(wanted.customer_id, ""),
        kind=wanted.kind,
        title=wanted.title,
        reward_code=wanted.reward_code,
        quantity=wanted.quantity,
        amount_minor=wanted.amount_minor,
        currency=wanted.currency,
        partner_code=wanted.partner_code,
        source_kind=wanted.source_kind,
        source_id=wanted.source_id,
        history=[step("requested")],
    )


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
