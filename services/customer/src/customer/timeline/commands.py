"""Keeping entries."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from prometheus_client import Counter

from customer.entity import table_of
from customer.timeline.models import TimelineEntry
from customer.timeline.months import EARLIEST, LATEST, make_months
from customer.timeline.queries import retention
from kit.bulk import insert_new_rows
from kit.database import AsyncSession
from kit.models import utcnow
from kit.months import Month

OWN_SOURCE: Final = "customer"
too_old = Counter(
    "timeline_entries_too_old_total",
    "Entries not kept: their kind is kept for less long.",
    ["kind"],
)
out_of_time = Counter(
    "timeline_entries_out_of_time_total",
    "Entries kept outside of any month: before 1970, after 2099.",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened here, in this service."""

    id: UUID
    customer_id: UUID
    occurred_at: datetime
    kind: str
    title: str
    details: Sequence[Sequence[str]]
    channel_code: str | None = None
    campaign_id: UUID | None = None


async def keep_entries(session: AsyncSession, entries: Sequence[dict[str, Any]]) -> None:
    """Keep what is not kept yet, in the month in which it happened, however late it is told.

    An entry is known by its event's id. What is older than its kind is kept is left out.
    """
    if not entries:
        return
    rule = await retention(session)
    now = utcnow()
    kept = []
    for entry in entries:
        if rule.is_over(entry["kind"], Month.of(entry["occurred_at"]), now):
            too_old.labels(entry["kind"]).inc()
            continue
        if not EARLIEST <= entry["occurred_at"] < LATEST:
            out_of_time.inc()
        kept.append(entry)
    await make_months(session, {Month.of(entry["occurred_at"]) for entry in kept})
    await insert_new_rows(session, table_of(TimelineEntry), kept)


async def keep_own_entries(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """Keep what this service did itself, in the transaction in which it did it."""
    now = utcnow()
    rows = [{**asdict(each), "source": OWN_SOURCE, "heard_at": now} for each in entries]
    await keep_entries(session, rows)
