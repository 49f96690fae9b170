"""What the channel service reports of the organisation."""

from customer.organisation.commands import keep_units
from kit.database import AsyncSession
from kit.events import Heard


class UnitRegistered(Heard):
    code: str


async def keep_registered_units(session: AsyncSession, events: list[UnitRegistered]) -> None:
    await keep_units(session, (each.code for each in events))
