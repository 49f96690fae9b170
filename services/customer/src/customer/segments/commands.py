"""Creating, changing and archiving segments, and taking snapshots of them."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from customer.entity import table_of
from customer.organisation.queries import require_known_unit
from customer.rules.commands import begin_reckoning
from customer.rules.models import UNDER_WAY, RuleKind
from customer.rules.queries import latest_reckonings
from customer.rules.vocabulary import checked_rule
from customer.segments.errors import (
    SegmentCodeTaken,
    SegmentFollowsARule,
    SegmentIsArchived,
    SegmentIsReckoned,
)
from customer.segments.events import SegmentSnapshotTaken
from customer.segments.membership import empty_segment
from customer.segments.models import Segment, SegmentKind, SegmentSnapshot, SegmentState
from customer.segments.queries import segment_by_id
from customer.texts import checked_text
from kit.bulk import insert_new_rows
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.events import record
from kit.identity import Caller
from kit.models import utcnow, uuid7
from kit.predicates import Predicate
from kit.predicates.tree import dump
from kit.units import checked_unit

CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
LONGEST_NAME: Final = 200
_copy = text(
    "INSERT INTO segment_snapshot_member (snapshot_id, customer_id) "
    "SELECT :snapshot, customer_id FROM segment_member WHERE segment_id = :segment"
)


@dataclass(frozen=True)
class NewSegment:
    """What is told of a segment; without a rule it is a list."""

    code: str
    name: str
    unit: str
    rule: Predicate | None = None


async def create_segment(session: AsyncSession, new: NewSegment, caller: Caller) -> Segment:
    """Create a segment. A list is empty at first; a rule is asked of everybody in the background."""
    caller.require_unit(checked_unit(new.unit))
    await require_known_unit(session, new.unit, caller)
    if not CODE.fullmatch(new.code):
        raise InvalidInput("code", "is up to 63 of a-z, 0-9, _ and -")
    row = {
        "id": uuid7(),
        "created_at": utcnow(),
        "code": new.code,
        "name": checked_segment_name(new.name),
        "unit": new.unit,
        "kind": SegmentKind.LIST if new.rule is None else SegmentKind.RULE,
        "rule": None if new.rule is None else await _stored(session, new.rule),
        "state": SegmentState.ACTIVE,
        "version": 1,
        "created_by": caller.subject,
    }
    if not await insert_new_rows(session, table_of(Segment), [row]):
        raise SegmentCodeTaken(new.code)
    segment = (await session.exec(select(Segment).where(col(Segment.code) == new.code))).one()
    if segment.kind == SegmentKind.RULE:
        await begin_reckoning(session, segment.id, segment.version, RuleKind.SEGMENT)
    return segment


async def change_segment(
    session: AsyncSession,
    segment_id: UUID,
    name: str | None,
    rule: Predicate | None,
    caller: Caller,
) -> Segment:
    """Give it another name or rule; of who is in it already, those stay whom the new rule fits."""
    segment = await _open_segment(session, segment_id, caller)
    if name is not None:
        segment.name = checked_segment_name(name)
    if rule is None:
        return segment
    if segment.kind == SegmentKind.LIST:
        raise InvalidInput("rule", "is for segments that were created with one")
    stored = await _stored(session, rule)
    if stored != segment.rule:
        segment.rule = stored
        segment.version += 1
        await session.flush()
        await begin_reckoning(session, segment.id, segment.version, RuleKind.SEGMENT)
    return segment


async def archive_segment(session: AsyncSession, segment_id: UUID, caller: Caller) -> Segment:
    """Close it: everybody leaves, and nothing of it changes any more. Snapshots stay."""
    segment = await segment_by_id(session, segment_id, caller, for_update=True)
    if segment.state == SegmentState.ACTIVE:
        segment.state = SegmentState.ARCHIVED
        segment.version += 1
        await session.flush()
        if segment.kind == SegmentKind.RULE:
            await begin_reckoning(session, segment.id, segment.version, RuleKind.SEGMENT)
        else:
            await empty_segment(session, segment)
    return segment


async def take_snapshot(session: AsyncSession, segment_id: UUID, caller: Caller) -> SegmentSnapshot:
    """Take down who is in it now: copied within the database, however many they are.

    Raises SegmentIsReckoned while its rule is asked of everybody, and some would be missing.
    """
    segment = await _open_segment(session, segment_id, caller)
    await _require_reckoned(session, segment)
    snapshot_id = uuid7()
    copied = await session.execute(_copy, {"snapshot": snapshot_id, "segment": segment.id})
    snapshot = SegmentSnapshot(
        id=snapshot_id,
        segment_id=segment.id,
        segment_version=segment.version,
        size=copied.rowcount,  # type: ignore[attr-defined]
        taken_by=caller.subject,
    )
    session.add(snapshot)
    record(
        session,
        SegmentSnapshotTaken(
            segment_id=segment.id, code=segment.code, snapshot_id=snapshot.id, size=snapshot.size
        ),
    )
    return snapshot


async def open_list(session: AsyncSession, segment_id: UUID, caller: Caller) -> Segment:
    """A segment whose members are named, and nobody else names now."""
    segment = await _open_segment(session, segment_id, caller)
    if segment.kind == SegmentKind.RULE:
        raise SegmentFollowsARule(segment.code)
    return segment


async def _open_segment(session: AsyncSession, segment_id: UUID, caller: Caller) -> Segment:
    segment = await segment_by_id(session, segment_id, caller, for_update=True)
    if segment.state == SegmentState.ARCHIVED:
        raise SegmentIsArchived(segment.code)
    return segment


async def _require_reckoned(session: AsyncSession, segment: Segment) -> None:
    reckoning = (await latest_reckonings(session, [segment.id])).get(segment.id)
    if reckoning is not None and reckoning.state in UNDER_WAY:
        raise SegmentIsReckoned(segment.code, reckoning.evaluated, reckoning.population)


async def _stored(session: AsyncSession, rule: Predicate) -> dict[str, object]:
    await checked_rule(session, rule)
    document: dict[str, object] = dump(rule)
    return document


def checked_segment_name(name: str) -> str:
    return checked_text(name, "name", LONGEST_NAME)
