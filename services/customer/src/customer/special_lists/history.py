"""The history of special lists: what customers are on now, written down with who, why and when."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from customer.profiles.facts import Fact, KnownFacts, SpecialList, end_of, outlasts
from customer.special_lists.models import ListSource, SpecialListRecord
from customer.special_lists.queries import standing_records
from customer.timeline.commands import Entry, keep_own_entries
from kit.database import AsyncSession
from kit.models import utcnow, uuid7

PLATFORM: Final = "platform"


@dataclass(frozen=True, slots=True)
class Told:
    """Who changed the lists somebody is on, by what, and why they took them off."""

    by: str
    source: ListSource
    why: str = ""


async def keep_history(session: AsyncSession, customers: Sequence[KnownFacts], told: Told) -> None:
    """Have the standing records say what the facts say; again changes nothing."""
    if not customers:
        return
    await session.flush()
    standing = await standing_records(session, [each.id for each in customers])
    entries: list[Entry] = []
    for customer in customers:
        records = standing.get(customer.id, [])
        on = {fact["list"]: fact for fact in customer.special_lists}
        over = [each for each in records if each.list not in on or _is_outlasted(each, on)]
        left = {each.list for each in records if each not in over}
        entries += end_records(session, over, told)
        new = [fact for name, fact in on.items() if name not in left]
        entries += _begin(session, customer, new, told)
    await keep_own_entries(session, entries)


def end_records(
    session: AsyncSession, records: Iterable[SpecialListRecord], told: Told
) -> Iterator[Entry]:
    for each in records:
        each.ended_at, each.ended_by, each.ended_for = utcnow(), told.by, told.why
        session.add(each)
        yield _entry(each, "special_list_left", each.ended_at, told)


def _begin(
    session: AsyncSession, customer: KnownFacts, facts: Iterable[Fact], told: Told
) -> Iterator[Entry]:
    for fact in facts:
        new = SpecialListRecord(
            id=uuid7(),
            customer_id=customer.id,
            list=SpecialList(fact["list"]),
            reason=fact["reason"],
            source=told.source,
            put_by=told.by,
            since=datetime.fromisoformat(fact["since"]),
            until=end_of(fact),
        )
        session.add(new)
        yield _entry(new, "special_list_joined", new.since, told)


def _is_outlasted(record: SpecialListRecord, on: Mapping[str, Fact]) -> bool:
    return outlasts(end_of(on[record.list]), record.until)


def _entry(record: SpecialListRecord, kind: str, at: datetime, told: Told) -> Entry:
    said = "Put on" if kind == "special_list_joined" else "Taken off"
    why = record.reason if kind == "special_list_joined" else told.why
    details = (("list", str(record.list)), ("by", told.by), ("reason", why))
    return Entry(
        id=uuid7(),
        customer_id=record.customer_id,
        occurred_at=at,
        kind=kind,
        title=f"{said} the list {str(record.list).replace('_', ' ')}",
        details=[[name, value] for name, value in details if value],
    )
