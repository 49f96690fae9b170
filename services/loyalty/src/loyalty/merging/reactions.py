"""When the customer service says that two are one, or two again."""

from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from kit.merging.mergers import Merger
from loyalty.merging import commands


class CustomersMerged(Heard):
    merge_id: UUID
    customer_id: UUID
    absorbed_id: UUID


class CustomersUnmerged(Heard):
    merge_id: UUID
    customer_id: UUID
    restored_id: UUID


async def move_to_survivor(session: AsyncSession, event: CustomersMerged) -> None:
    merger = Merger(event.merge_id, event.customer_id, event.absorbed_id)
    await commands.merge_customers(session, merger)


async def move_back_to_restored(session: AsyncSession, event: CustomersUnmerged) -> None:
    merger = Merger(event.merge_id, event.customer_id, event.restored_id)
    await commands.unmerge_customers(session, merger)
