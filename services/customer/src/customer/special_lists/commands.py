"""Putting customers on special lists and taking them off."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import col, select

from customer.attributes.models import storable
from customer.profiles.commands import announce
from customer.profiles.facts import SpecialList
from customer.profiles.models import Customer
from customer.profiles.queries import customer_for_update, customers_for_update
from customer.special_lists.history import PLATFORM, Told, end_records, keep_history
from customer.special_lists.models import ListSource, SpecialListRecord
from customer.special_lists.queries import standing_records
from customer.timeline.commands import keep_own_entries
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.identity import Caller
from kit.models import utcnow

LONGEST_REASON: Final = 500
ENDED_AT_ONCE: Final = 500


async def put_on_special_list(
    session: AsyncSession,
    customer_id: UUID,
    name: SpecialList,
    reason: str,
    caller: Caller,
    until: datetime | None = None,
) -> Customer:
    """Put the customer on a list.

    Who is on it already stays, with the first reason and end; if this is for longer, that stay
    ends and this one begins.
    """
    _require_by_hand(name)
    reason = _checked(reason)
    if until is not None and until <= utcnow():
        raise InvalidInput("until", "is a moment to come")
    customer = await customer_for_update(session, customer_id, caller)
    if customer.put_on_list(name, reason, utcnow(), until):
        announce(session, [customer])
        await keep_history(session, [customer], Told(caller.subject, ListSource.HAND))
    return customer


async def remove_from_special_list(
    session: AsyncSession,
    customer_id: UUID,
    name: SpecialList,
    caller: Caller,
    reason: str | None = None,
) -> Customer:
    _require_by_hand(name)
    why = "" if reason is None else _checked(reason)
    customer = await customer_for_update(session, customer_id, caller)
    if customer.take_off_list(name):
        announce(session, [customer])
        await keep_history(session, [customer], Told(caller.subject, ListSource.HAND, why))
    return customer


async def end_special_lists(session: AsyncSession) -> None:
    """Take those off whose time is over; some at a time, the next turn goes on."""
    now = utcnow()
    over = (col(SpecialListRecord.ended_at).is_(None)) & (col(SpecialListRecord.until) <= now)
    due = select(SpecialListRecord.customer_id).where(over).distinct().limit(ENDED_AT_ONCE)
    customers = await customers_for_update(session, (await session.exec(due)).all())
    standing = await standing_records(session, list(customers))
    told = Told(PLATFORM, ListSource.HAND, "The time was over")
    for id_, records in sorted(standing.items()):
        past = [each for each in records if each.until is not None and each.until <= now]
        await keep_own_entries(session, list(end_records(session, past, told)))
        left = {each.list for each in records if each not in past}
        gone = [each.list for each in past if each.list not in left]
        for each in gone:
            customers[id_].take_off_list(SpecialList(each))
        if gone:
            announce(session, [customers[id_]])


def _checked(reason: str) -> str:
    if not storable(reason.strip(), LONGEST_REASON):
        raise InvalidInput("reason", f"takes 1 to {LONGEST_REASON} printable characters")
    return reason.strip()


def _require_by_hand(name: SpecialList) -> None:
    if name is SpecialList.RESTRICTED:
        raise InvalidInput("list", "is kept by data-subject requests: openSubjectRequest")
