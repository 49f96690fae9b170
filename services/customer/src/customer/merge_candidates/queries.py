"""The queue of candidates, and single ones."""

from uuid import UUID

from sqlmodel import col, select

from customer.merge_candidates.models import CandidateState, MergeCandidate
from kit.database import AsyncSession
from kit.errors import Conflict, NotFound
from kit.identity import Caller
from kit.paging import Page, page
from kit.units import below


async def merge_candidates(
    session: AsyncSession, caller: Caller, state: CandidateState, *, first: int, after: str | None
) -> Page[MergeCandidate]:
    """The pairs of whom the caller may see both, newest first."""
    statement = select(MergeCandidate).where(
        col(MergeCandidate.state) == state,
        below(col(MergeCandidate.one_unit), caller.unit or ""),
        below(col(MergeCandidate.other_unit), caller.unit or ""),
    )
    return await page(session, statement, [col(MergeCandidate.id)], first=first, after=after)


async def open_candidate_for_update(
    session: AsyncSession, candidate_id: UUID, caller: Caller
) -> MergeCandidate:
    """The candidate, locked; NotFound if the caller may not see both, Conflict if it is decided."""
    statement = (
        select(MergeCandidate).where(col(MergeCandidate.id) == candidate_id).with_for_update()
    )
    found = (await session.exec(statement)).first()
    if found is None or not (caller.sees(found.one_unit) and caller.sees(found.other_unit)):
        raise NotFound("merge candidate", candidate_id)
    if found.state != CandidateState.OPEN:
        raise Conflict(f"The candidate is {found.state} already.")
    return found
