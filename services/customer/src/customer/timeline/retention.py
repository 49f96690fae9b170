"""Forgetting what has been kept for long enough: whole months where possible, else kind by kind."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from sqlalchemy import Text, bindparam, delete, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col
from structlog import get_logger

from customer.entity import table_of
from customer.timeline.models import (
    EVERY_KIND,
    KINDS,
    PARTITIONS,
    TimelineRemoval,
    TimelineRetention,
)
from customer.timeline.months import EARLIEST, MONTHS
from customer.timeline.queries import Retention, removals, retention
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.identity import Caller
from kit.models import utcnow
from kit.months import Month

REMOVED_AT_ONCE: Final = 20_000
MOST_MONTHS: Final = 1_200
BEFORE_ALL: Final = Month.of(EARLIEST).plus(-1)
"""Stands for all that is told of a time before the first month: it shares one partition."""
log = get_logger(__name__)


async def set_retention(
    session: AsyncSession, kind: str | None, months: int | None, caller: Caller
) -> None:
    """Keep a kind, or all that are not named, for so many whole months; None: for ever."""
    caller.require_whole_organisation()
    if kind is not None and kind not in KINDS:
        raise InvalidInput("kind", f"is one of {', '.join(KINDS)}")
    if months is not None and not 1 <= months <= MOST_MONTHS:
        raise InvalidInput("months", f"is 1 to {MOST_MONTHS}")
    name = kind or EVERY_KIND
    if months is None:
        table = delete(TimelineRetention).where(col(TimelineRetention.kind) == name)
        await session.execute(table)
        return
    row = {"kind": name, "months": months, "set_by": caller.subject, "set_at": utcnow()}
    statement = insert(table_of(TimelineRetention)).values(row)
    await session.execute(statement.on_conflict_do_update(index_elements=["kind"], set_=row))


async def forget_old_entries(session: AsyncSession) -> None:
    """Remove what is over, a bounded number of entries at a time; the next turn goes on."""
    rule = await retention(session)
    if not rule.months:
        return
    now, left = utcnow(), REMOVED_AT_ONCE
    before = {each.month: each for each in await removals(session)}
    for stored in await MONTHS.stored(session):
        over = rule.kinds_over(stored.month, now)
        if EVERY_KIND in over and not rule.kinds_kept(stored.month, now):
            entries = await MONTHS.drop(session, stored.month)
            await _note(session, stored.month, "all", entries, whole=True, complete=True)
        elif over and left and not _is_clean(before, rule, stored.month, now):
            left -= await _forget_kinds(session, rule, stored.month, now, left)
    if left:
        await _forget_kinds(session, rule, BEFORE_ALL, now, left)


def _is_clean(
    before: Mapping[date, TimelineRemoval], rule: Retention, month: Month, now: datetime
) -> bool:
    """Whether it was looked through to the end, by the rule as it is now."""
    known = before.get(month.start.date())
    return known is not None and known.complete and known.rule == _said(rule, month, now)


async def _forget_kinds(
    session: AsyncSession, rule: Retention, month: Month, now: datetime, most: int
) -> int:
    """All kinds but those that are kept, or just those whose time is over; how many entries."""
    over, table = rule.kinds_over(month, now), _table(month)
    if not over:
        return 0
    everything = EVERY_KIND in over
    kinds = rule.kinds_kept(month, now) if everything else over
    chosen = "kind <> ALL(:kinds)" if everything else "kind = ANY(:kinds)"
    statement = text(
        f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("  # noqa: S608  # our own name
        f"SELECT ctid FROM {table} WHERE {chosen} LIMIT :most)) RETURNING 1"
    ).bindparams(bindparam("kinds", type_=ARRAY(Text)))
    removed = await session.execute(statement, {"kinds": kinds, "most": most})
    entries = len(removed.all())
    if month == BEFORE_ALL and not entries:
        return 0
    complete = entries < most
    await _note(session, month, _said(rule, month, now), entries, whole=False, complete=complete)
    log.info(
        "timeline_entries_forgotten",
        month=table,
        entries=entries,
        complete=complete,
    )
    return entries


def _table(month: Month) -> str:
    return f"{PARTITIONS}.before_1970" if month == BEFORE_ALL else MONTHS.table(month)


def _said(rule: Retention, month: Month, now: datetime) -> str:
    """The rule as it holds for a month: while it stays the same, the month stays clean."""
    over = rule.kinds_over(month, now)
    if EVERY_KIND in over:
        return " ".join(["all but", *rule.kinds_kept(month, now)])
    return " ".join(over)


async def _note(
    session: AsyncSession, month: Month, rule: str, entries: int, *, whole: bool, complete: bool
) -> None:
    table = table_of(TimelineRemoval)
    said = {"rule": rule, "whole": whole, "complete": complete, "removed_at": utcnow()}
    statement = insert(table).values(month=month.start.date(), entries=entries, **said)
    added = {**said, "entries": table.c.entries + statement.excluded.entries}
    await session.execute(statement.on_conflict_do_update(index_elements=["month"], set_=added))
