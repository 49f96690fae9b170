"""A privilege: the customer has it for its days, or for as many more."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from kit.database import AsyncSession
from loyalty.benefits.asking import SOURCE, Ask, Given, Had, Kind, Quote, Quotes, as_quoted
from loyalty.privileges.commands import give_privileges, withdraw_privileges
from loyalty.privileges.models import NewPrivilege, Privilege
from loyalty.privileges.queries import privileges_by_code


async def quote(session: AsyncSession, asks: Sequence[Ask]) -> dict[UUID, Quote]:
    known = await privileges_by_code(session, (each.reference for each in asks))
    return {each.id: _priced(each.reference, known.get(each.reference)) for each in asks}


def _priced(code: str, privilege: Privilege | None) -> Quote:
    if privilege is None:
        return Quote(refused=f"there is no privilege {code!r:.66}")
    if privilege.retired_at is not None:
        return Quote(refused=f"the privilege {code} is given to nobody any more")
    return Quote(privilege.cost_minor, privilege.currency)


async def give(session: AsyncSession, asks: Sequence[Ask], quotes: Quotes) -> dict[UUID, Given]:
    wanted = [NewPrivilege(each.reference, each.customer_id, SOURCE, each.id) for each in asks]
    await give_privileges(session, wanted)
    return {each.id: as_quoted(each, quotes) for each in asks}


async def take_back(session: AsyncSession, had: Sequence[Had]) -> dict[UUID, int]:
    await withdraw_privileges(session, SOURCE, [each.ask.id for each in had])
    return {each.ask.id: each.cost_minor for each in had}


KIND: Final = Kind(quote, give, take_back)
