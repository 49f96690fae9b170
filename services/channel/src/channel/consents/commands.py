"""Keeping who refuses what."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from channel.consents.models import channel_refusal
from channel.identifiers.models import known_customer
from kit.database import AsyncSession


async def keep_refusals(
    session: AsyncSession, told: Mapping[tuple[UUID, int], Sequence[str]]
) -> None:
    """The kinds refused, by customer and version; what is not the newest known changes nothing."""
    current = await _current(session, told)
    refusing = [
        {"customer_id": each, "kinds": list(current[each])}
        for each in sorted(current)
        if current[each]
    ]
    if refusing:
        statement = insert(channel_refusal).values(refusing)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["customer_id"], set_={"kinds": statement.excluded.kinds}
            )
        )
    if welcoming := [each for each in current if not current[each]]:
        await session.execute(
            delete(channel_refusal).where(channel_refusal.c.customer_id.in_(welcoming))
        )


async def _current(
    session: AsyncSession, told: Mapping[tuple[UUID, int], Sequence[str]]
) -> dict[UUID, Sequence[str]]:
    """Of what was told, that of the version that is known; its row stays locked by who wrote it."""
    table = known_customer.c
    statement = select(table.customer_id, table.version).where(
        table.customer_id.in_({customer for customer, _ in told})
    )
    known = (await session.execute(statement)).all()
    return {
        row.customer_id: told[row.customer_id, row.version]
        for row in known
        if (row.customer_id, row.version) in told
    }
