"""Taking back what was handed out for nothing, as far as it is still here."""

from collections.abc import Collection
from uuid import UUID

from kit.database import AsyncSession
from loyalty.fulfilments.models import FulfilmentState
from loyalty.fulfilments.queries import by_source
from loyalty.rewards.commands.giving import give_back
from loyalty.vouchers.commands import withdraw_vouchers
from loyalty.vouchers.queries import vouchers_by_source


async def withdraw_here(
    session: AsyncSession, source_kind: str, sources: Collection[UUID]
) -> set[UUID]:
    """What is still here is there for others; the sources of that.

    What the arms have stays the customer's, and so does a voucher that is in use.
    """
    keys = [(source_kind, each) for each in sources]
    asked_for = await by_source(session, keys)
    on_its_way = {
        source
        for (_, source), fulfilment in asked_for.items()
        if fulfilment.state != FulfilmentState.FAILED
    }
    vouchers = await vouchers_by_source(session, [(kind, source, 1) for kind, source in keys])
    issued = {source for _, source, _ in vouchers}
    gone = on_its_way | (issued - await withdraw_vouchers(session, source_kind, sources))
    here = set(sources) - gone
    await give_back(session, source_kind, here)
    return here
