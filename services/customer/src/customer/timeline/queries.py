"""Reading a timeline, and for how long it is kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from customer.timeline.models import EVERY_KIND, TimelineEntry, TimelineRemoval, TimelineRetention
from customer.timeline.months import Month
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.paging import Page, key_of, page

KIND: Final = re.compile(r"[a-z_]{1,40}")
BY: Final = (col(TimelineEntry.occurred_at), col(TimelineEntry.id))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; None: whichever. `since` is in it, `until` is not."""

    kinds: Sequence[str] | None = None
    channel_code: str | None = None
    campaign_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def checked(self) -> "Wanted":
        if self.kinds is not None and not all(map(KIND.fullmatch, self.kinds)):
            raise InvalidInput("kinds", "are short codes such as order_placed")
        if self.since and self.until and self.since >= self.until:
            raise InvalidInput("until", "lies after `since`")
        return self

    def of(self, customer_id: UUID) -> Select[Any]:
        """These entries of one id: its part of the key, then the order it is read in."""
        statement = select(TimelineEntry).where(col(TimelineEntry.customer_id) == customer_id)
        if self.kinds is not None:
            statement = statement.where(col(TimelineEntry.kind).in_(self.kinds))
        if self.channel_code is not None:
            statement = statement.where(col(TimelineEntry.channel_code) == self.channel_code)
        if self.campaign_id is not None:
            statement = statement.where(col(TimelineEntry.campaign_id) == self.campaign_id)
        if self.since is not None:
            statement = statement.where(col(TimelineEntry.occurred_at) >= self.since)
        if self.until is not None:
            statement = statement.where(col(TimelineEntry.occurred_at) < self.until)
        return statement


async def entries(
    session: AsyncSession,
    customer_ids: Sequence[UUID],
    wanted: Wanted,
    *,
    first: int,
    after: str | None,
) -> Page[TimelineEntry]:
    """One stream over every id the customer goes by, newest first.

    Each id is read in the order of its key: together they would have to be sorted whole.
    """
    wanted.checked()
    before = _moment_of(after) if after is not None else None
    pages = []
    for customer_id in customer_ids:
        statement = wanted.of(customer_id)
        if before is not None:
            # The cursor says it too, but only this keeps later months from being opened.
            statement = statement.where(col(TimelineEntry.occurred_at) <= before)
        pages.append(await page(session, statement, BY, first=first, after=after))
    return pages[0] if len(pages) == 1 else _merged(pages, first)


def _merged(pages: Sequence[Page[TimelineEntry]], first: int) -> Page[TimelineEntry]:
    found = (
        (entry, cursor)
        for each in pages
        for entry, cursor in zip(each.items, each.cursors, strict=True)
    )
    newest = sorted(found, key=lambda pair: (pair[0].occurred_at, pair[0].id), reverse=True)
    shown = list(islice(newest, first))
    return Page(
        items=[entry for entry, _ in shown],
        cursors=[cursor for _, cursor in shown],
        has_next=len(newest) > first or any(each.has_next for each in pages),
    )


def _moment_of(cursor: str) -> datetime:
    try:
        return datetime.fromisoformat(key_of(cursor, len(BY))[0])
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
    statement = select(TimelineRetention).order_by(col(TimelineRetention.kind))
    return (await session.exec(statement)).all()


async def removals(session: AsyncSession) -> Sequence[TimelineRemoval]:
    """Newest month first."""
    statement = select(TimelineRemoval).order_by(col(TimelineRemoval.month).desc())
    return (await session.exec(statement)).all()
