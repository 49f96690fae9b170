"""Proposing pairs, and what a person makes of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from customer.entity import table_of
from customer.merge_candidates.models import CandidateState, MergeCandidate
from customer.merge_candidates.queries import open_candidate_for_update
from customer.reasons import checked_reason
from kit.bulk import insert_new_rows
from kit.database import AsyncSession
from kit.identity import Caller
from kit.models import utcnow, uuid7

_table = table_of(MergeCandidate)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Two records and the identifier that both claim; `why` says who claimed it, and how."""

    one_id: UUID
    one_unit: str
    other_id: UUID
    other_unit: str
    scheme: str
    why: str


async def suspect(session: AsyncSession, suspicions: Iterable[Suspicion]) -> None:
    """Put pairs into the queue; one that waits there or was dismissed changes nothing."""
    rows = {(row["one_id"], row["other_id"]): row for row in map(_row, suspicions)}
    ordered = [rows[pair] for pair in sorted(rows)]
    await insert_new_rows(session, table_of(MergeCandidate), ordered)


async def candidate_of(session: AsyncSession, one: UUID, other: UUID) -> MergeCandidate | None:
    """The open or dismissed candidate of a pair."""
    pair = sorted((one, other))
    statement = select(MergeCandidate).where(
        col(MergeCandidate.one_id) == pair[0],
        col(MergeCandidate.other_id) == pair[1],
        col(MergeCandidate.state) != CandidateState.MERGED,
    )
    return (await session.exec(statement)).first()


async def dismiss_candidate(
    session: AsyncSession, candidate_id: UUID, reason: str, caller: Caller
) -> MergeCandidate:
    """They are two people, and are not proposed again."""
    reason = checked_reason(reason)
    candidate = await open_candidate_for_update(session, candidate_id, caller)
    _decide(candidate, CandidateState.DISMISSED, reason, caller)
    return candidate


async def answer_candidate(
    session: AsyncSession, one: UUID, other: UUID, merge_id: UUID, reason: str, caller: Caller
) -> None:
    """Whoever merges the two, in whatever way, has answered the question whether they are one."""
    candidate = await candidate_of(session, one, other)
    if candidate is not None:
        _decide(candidate, CandidateState.MERGED, reason, caller)
        candidate.merge_id = merge_id


async def move_candidates(session: AsyncSession, ids: Sequence[UUID], unit: str) -> None:
    """Whoever sees the customer with these ids in their unit of now sees the open pairs, too."""
    for who, where in (("one_id", "one_unit"), ("other_id", "other_unit")):
        of_theirs = _table.c[who].in_(ids) & (_table.c.state == CandidateState.OPEN)
        await session.execute(update(_table).where(of_theirs).values({where: unit}))


def _decide(candidate: MergeCandidate, state: CandidateState, reason: str, caller: Caller) -> None:
    candidate.state = state
    candidate.decided_at = utcnow()
    candidate.decided_by = caller.subject
    candidate.reason = reason


def _row(suspicion: Suspicion) -> dict[str, object]:
    one = (suspicion.one_id, suspicion.one_unit)
    other = (suspicion.other_id, suspicion.other_unit)
    (one_id, one_unit), (other_id, other_unit) = sorted((one, other))
    return {
        "id": uuid7(),
        "created_at": utcnow(),
        "one_id": one_id,
        "other_id": other_id,
        "one_unit": one_unit,
        "other_unit": other_unit,
        "scheme": suspicion.scheme,
        "why": suspicion.why,
        "state": CandidateState.OPEN,
    }
