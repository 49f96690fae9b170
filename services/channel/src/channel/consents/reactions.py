"""Following what customers say yes and no to."""

from uuid import UUID

from pydantic import BaseModel

from channel.consents import commands
from channel.consents.models import refused_kinds
from kit.database import AsyncSession
from kit.events import Heard


class Said(BaseModel):
    """A decision of a customer."""

    purpose: str
    channel_kind: str | None
    granted: bool


class CustomerReported(Heard):
    """The part of a customer's facts that tells how they may be reached."""

    customer_id: UUID
    version: int
    consents: list[Said]
    special_lists: list[str]

    @property
    def refused(self) -> list[str]:
        said = [each.model_dump() for each in self.consents]
        return refused_kinds(said, frozenset(self.special_lists))


async def keep_refusals(session: AsyncSession, events: list[CustomerReported]) -> None:
    """After the versions of these customers are known, in the same transaction."""
    told = {(event.customer_id, event.version): event.refused for event in events}
    await commands.keep_refusals(session, told)
