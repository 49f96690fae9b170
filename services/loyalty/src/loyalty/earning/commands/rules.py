"""Everything that changes earning rules: drafts are written, activated by somebody else, retired."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict, NotFound
from kit.models import utcnow, uuid7
from loyalty.earning.errors import OwnEarningRule
from loyalty.earning.models import EarningCap, EarningRule, EarningState
from loyalty.earning.queries import versions_of
from loyalty.tiers.queries import require_tiers, require_tiers_asked

log = get_logger(__name__)
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('earning_rule:' || :code, 0))")


async def draft_rule(session: AsyncSession, terms: dict[str, Any], by: str) -> EarningRule:
    """Write the next version of a rule; a draft that is there already is written anew.

    Raises InvalidInput for a tier that there is not.
    """
    await require_tiers_asked(session, terms["condition"])
    await require_tiers(
        session, "steps", [each["tier"] for each in terms["steps"] if "tier" in each]
    )
    await session.execute(ONE_AT_A_TIME, {"code": terms["code"]})
    versions = await versions_of(session, terms["code"])
    draft = next((each for each in versions if each.state == EarningState.DRAFT), None)
    newest = max((each.version for each in versions), default=0)
    wanted = EarningRule(
        **terms, id=uuid7(), version=draft.version if draft else newest + 1, drafted_by=by
    )
    if draft is not None:
        await session.delete(draft)
        await session.flush()
    session.add(wanted)
    await session.flush()
    return wanted


async def activate_rule(session: AsyncSession, code: str, draft_id: UUID, by: str) -> EarningRule:
    """Let a draft give points from now on, or from its time on; the version before ends then.

    What has happened before keeps what it earned. Raises NotFound, OwnEarningRule, and Conflict
    for a draft that was written anew since it was read.
    """
    await session.execute(ONE_AT_A_TIME, {"code": code})
    versions = await versions_of(session, code)
    draft = next((each for each in versions if each.state == EarningState.DRAFT), None)
    if draft is None:
        raise NotFound("draft of the earning rule", code)
    if draft.drafted_by == by:
        raise OwnEarningRule
    if draft.id != draft_id:
        raise Conflict("The draft was written anew since you read it; read it again.")
    now = utcnow()
    begins = max(draft.valid_from or now, now)
    if draft.valid_until is not None and draft.valid_until <= begins:
        raise Conflict("Its time is over; draft it anew.")
    for each in versions:
        if each.state == EarningState.ACTIVE:
            await _end(session, each, begins)
    draft.state = EarningState.ACTIVE
    draft.valid_from = begins
    draft.activated_by = by
    draft.activated_at = now
    session.add(draft)
    await session.flush()
    log.info("earning_rule_activated", code=code, version=draft.version)
    return draft


async def retire_rule(session: AsyncSession, code: str) -> EarningRule:
    """End the active version now; what has happened before keeps what it earned."""
    await session.execute(ONE_AT_A_TIME, {"code": code})
    active = [
        each for each in await versions_of(session, code) if each.state == EarningState.ACTIVE
    ]
    if not active:
        raise NotFound("active earning rule", code)
    await _end(session, active[0], utcnow())
    log.info("earning_rule_retired", code=code, version=active[0].version)
    return active[0]


async def _end(session: AsyncSession, rule: EarningRule, at: datetime) -> None:
    ends = at if rule.valid_until is None else min(rule.valid_until, at)
    rule.state = EarningState.RETIRED
    rule.valid_until = max(ends, rule.valid_from or ends)
    session.add(rule)
    await session.flush()


async def set_cap(session: AsyncSession, event: str, points_per_day: int | None) -> None:
    """The most a member gets in a day for one kind of event, by all rules; None lifts it.

    What was given before counts only where a cap was in force.
    """
    if points_per_day is None:
        await session.execute(delete(EarningCap).where(col(EarningCap.event) == event))
        return
    wanted = insert(EarningCap).values(event=event, points_per_day=points_per_day)
    await session.execute(
        wanted.on_conflict_do_update(
            index_elements=["event"], set_={"points_per_day": wanted.excluded.points_per_day}
        )
    )
