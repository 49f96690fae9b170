"""Reading a timeline, and for how long it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Integer, Text, Uuid, any_, bindparam, select, tuple_
from sqlmodel import col
from sqlmodel import select as select_model

from customer.entity import table_of
from customer.timeline.models import (
    EVERY_KIND,
    KINDS,
    TimelineEntry,
    TimelineRemoval,
    TimelineRetention,
)
from kit.database import AsyncSession, Database, Row
from kit.errors import InvalidInput
from kit.months import Month
from kit.paging import Page, checked_first, cursor_of, key_of
from kit.rows import Rows

_table = table_of(TimelineEntry)
BY: Final = (_table.c.occurred_at, _table.c.id)
BEFORE: Final = "before"
BEFORE_ID: Final = "before_id"
_before: Final = bindparam(BEFORE, type_=_table.c.occurred_at.type)
CONDITIONS: Final[Mapping[str, ColumnElement[bool]]] = {
    "kinds": _table.c.kind == any_(bindparam("kinds", type_=ARRAY(Text))),
    "channel_code": _table.c.channel_code == bindparam("channel_code", type_=Text),
    "campaign_id": _table.c.campaign_id == bindparam("campaign_id", type_=Uuid),
    "since": _table.c.occurred_at >= bindparam("since", type_=_table.c.occurred_at.type),
    "until": _table.c.occurred_at < bindparam("until", type_=_table.c.occurred_at.type),
    # The row's comparison says it too, but only the first keeps later months from being opened.
    BEFORE: (_table.c.occurred_at <= _before)
    & (tuple_(*BY) < tuple_(_before, bindparam(BEFORE_ID, type_=Uuid))),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; None: whichever. `since` is in it, `until` is not."""

    kinds: Sequence[str] | None = None
    channel_code: str | None = None
    campaign_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def checked(self) -> "Wanted":
        if unknown := set(self.kinds or ()).difference(KINDS):
            raise InvalidInput("kinds", f"{min(unknown)!r:.40} is none of {', '.join(KINDS)}")
        if self.since and self.until and self.since >= self.until:
            raise InvalidInput("until", "lies after `since`")
        return self

    def said(self) -> dict[str, Any]:
        """What it says, by the name of its parameter."""
        told = {name: getattr(self, name) for name in CONDITIONS if name != BEFORE}
        return {name: value for name, value in told.items() if value is not None}


async def entries(
    db: Database,
    customer_ids: Sequence[UUID],
    wanted: Wanted,
    *,
    first: int,
    after: str | None,
) -> Page[Row]:
    """One stream over every id the customer goes by, newest first.

    Each id is read in the order of its key: together they would have to be sorted whole.
    """
    said = wanted.checked().said()
    if after is not None:
        said |= dict(zip((BEFORE, BEFORE_ID), _place_of(after), strict=True))
    chosen = _selection(frozenset(said))
    limit = checked_first(first) + 1
    found = [await chosen.all(db, owner=each, limit=limit, **said) for each in customer_ids]
    rows = found[0] if len(found) == 1 else _merged(found)
    shown = rows[:first]
    return Page(
        items=shown,
        cursors=[cursor_of((row.occurred_at, row.id)) for row in shown],
        has_next=len(rows) > first,
    )


@lru_cache(maxsize=128)
def _selection(said: frozenset[str]) -> Rows:
    """Entries of one id: its part of the key, then the order it is read in."""
    statement = select(*_table.c).where(_table.c.customer_id == bindparam("owner", type_=Uuid))
    for name in sorted(said & CONDITIONS.keys()):
        statement = statement.where(CONDITIONS[name])
    newest_first = [column.desc() for column in BY]
    limit: Any = bindparam("limit", type_=Integer)
    return Rows(statement.order_by(*newest_first).limit(limit))


def _merged(found: Sequence[Sequence[Row]]) -> Sequence[Row]:
    every = (row for rows in found for row in rows)
    return sorted(every, key=lambda row: (row.occurred_at, row.id), reverse=True)


def _place_of(cursor: str) -> tuple[datetime, UUID]:
    moment, id_ = key_of(cursor, len(BY))
    try:
        return datetime.fromisoformat(moment), UUID(id_)
    except ValueError as broken:
        raise InvalidInput("after", "is a cursor of another list") from broken


@dataclass(frozen=True, slots=True)
class Retention:
    """How many whole months each kind is kept; one that is not named as all others are."""

    months: Mapping[str, int] = field(default_factory=dict)

    def horizon(self, kind: str, now: datetime) -> Month | None:
        """The first month that is kept of a kind; None: all are."""
        kept = self.months.get(kind, self.months.get(EVERY_KIND))
        return None if kept is None else Month.of(now).plus(-kept)

    def is_over(self, kind: str, month: Month, now: datetime) -> bool:
        horizon = self.horizon(kind, now)
        return horizon is not None and month < horizon

    def kinds_over(self, month: Month, now: datetime) -> list[str]:
        """Of the kinds that are named, those whose time is over."""
        return [kind for kind in sorted(self.months) if self.is_over(kind, month, now)]

    def kinds_kept(self, month: Month, now: datetime) -> list[str]:
        """Of the kinds that are named, those that are still kept."""
        return [kind for kind in sorted(self.months) if not self.is_over(kind, month, now)]


async def retention(session: AsyncSession) -> Retention:
    return Retention({each.kind: each.months for each in await policies(session)})


async def policies(session: AsyncSession) -> Sequence[TimelineRetention]:
    statement = select_model(TimelineRetention).order_by(col(TimelineRetention.kind))
    return (await session.exec(statement)).all()


async def removals(session: AsyncSession) -> Sequence[TimelineRemoval]:
    """Newest month first."""
    statement = select_model(TimelineRemoval).order_by(col(TimelineRemoval.month).desc())
    return (await session.exec(statement)).all()
