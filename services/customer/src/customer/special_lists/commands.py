"""Putting customers on special lists and taking them off."""

from typing import Final
from uuid import UUID

from customer.attributes.models import storable
from customer.profiles.commands import announce
from customer.profiles.facts import SpecialList
from customer.profiles.models import Customer
from customer.profiles.queries import customer_for_update
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.identity import Caller
from kit.models import utcnow

LONGEST_REASON: Final = 500


async def put_on_special_list(
    session: AsyncSession, customer_id: UUID, name: SpecialList, reason: str, caller: Caller
) -> Customer:
    """Put the customer on a list; who is on it already stays, with the first reason."""
    _require_by_hand(name)
    if not storable(reason.strip(), LONGEST_REASON):
        raise InvalidInput("reason", f"takes 1 to {LONGEST_REASON} printable characters")
    customer = await customer_for_update(session, customer_id, caller)
    if customer.put_on_list(name, reason.strip(), utcnow()):
        announce(session, [customer])
    return customer


async def remove_from_special_list(
    session: AsyncSession, customer_id: UUID, name: SpecialList, caller: Caller
) -> Customer:
    _require_by_hand(name)
    customer = await customer_for_update(session, customer_id, caller)
    if customer.take_off_list(name):
        announce(session, [customer])
    return customer


def _require_by_hand(name: SpecialList) -> None:
    if name is SpecialList.RESTRICTED:
        raise InvalidInput("list", "is kept by data-subject requests: openSubjectRequest")
