"""The two records of a merge: locked, checked, taken out of the customers."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from customer.merging import errors
from customer.merging.groups import (
    refuse_entangled,
)
from customer.merging.queries import locked_by_id
from customer.profiles.facts import KnownFacts
from customer.profiles.models import Customer
from customer.profiles.queries import customer_by_id, may_see
from kit.database import AsyncSession
from kit.errors import InvalidInput, NotFound
from kit.identity import Caller

TAKE_OUT: Final = text(
    "DELETE FROM customer WHERE id = :id RETURNING CAST(to_jsonb(customer) AS text) AS record"
)


async def two_records(
    session: AsyncSession, survivor_id: UUID, absorbed_id: UUID, caller: Caller
) -> tuple[Customer, Customer]:
    """Both, locked; refused when they can't be one or the caller may not see one of them."""
    if survivor_id == absorbed_id:
        raise InvalidInput("absorbedId", "is the survivor's own id")
    found = await locked_by_id(session, [survivor_id, absorbed_id])
    missing = [each for each in (survivor_id, absorbed_id) if each not in found]
    await _refuse_absorbed(session, missing, caller)
    for each in (survivor_id, absorbed_id):
        if each not in found or not may_see(caller, found[each]):
            raise NotFound("customer", each)
    survivor, absorbed = found[survivor_id], found[absorbed_id]
    if survivor.kind != absorbed.kind:
        raise errors.CannotMerge("An individual and a group are never one customer.")
    await refuse_entangled(session, survivor, absorbed)
    return survivor, absorbed


async def _refuse_absorbed(session: AsyncSession, missing: Sequence[UUID], caller: Caller) -> None:
    """Who may not see whose part it is does not hear that it was anybody."""
    for old in missing:
        today = await customer_by_id(session, old)
        if today is not None and may_see(caller, today):
            raise errors.AlreadyMerged(old, today.id)


def record_of(customer: KnownFacts) -> dict[str, Any]:
    """The facts of a record, as a merge folds them."""
    names = ("name", "status", "attributes", "identifiers", "tags", "special_lists")
    more = ("holdings", "consents", "group_class", "account_manager")
    return {name: getattr(customer, name) for name in (*names, *more)}


async def take_out(session: AsyncSession, absorbed: Customer) -> dict[str, Any]:
    """The whole row, as it was: it is gone from among the customers."""
    await session.flush()
    taken = await session.execute(TAKE_OUT, {"id": absorbed.id})
    session.expunge(absorbed)
    row: dict[str, Any] = orjson.loads(taken.scalar_one())
    return row
