"""Enrolling: who takes part in which campaign, in which arm, from when on."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from campaign.decisions.stages import Draft
from campaign.decisions.touchpoint import Touchpoint
from campaign.entity import table_of
from campaign.evaluation.commands import attribute_orders
from campaign.figures.commands import Movement, count
from campaign.figures.models import Measure
from campaign.tasks.models import Enrolment
from kit.models import utcnow, uuid7


async def enrol(session: AsyncSession, enrolled: Sequence[tuple[Draft, Touchpoint]]) -> None:
    """Enrol each once, as of their earliest touchpoint; orders placed since count for them."""
    if not enrolled:
        return
    table, now = table_of(Enrolment), utcnow()
    earliest: dict[object, dict[str, Any]] = {}
    for draft, touchpoint in enrolled:
        row = {
            "id": uuid7(),
            "created_at": now,
            "campaign_id": draft.campaign.row.id,
            "customer_id": draft.customer.id,
            "offer_id": draft.offer.row.id,
            "arm": draft.arm,
            "unit": draft.customer.unit,
            "enrolled_at": min(touchpoint.occurred_at, touchpoint.received_at),
        }
        known = earliest.setdefault((draft.campaign.row.id, draft.customer.id), row)
        known["enrolled_at"] = min(known["enrolled_at"], row["enrolled_at"])
    statement = insert(table).values(list(earliest.values()))
    rows = await session.execute(
        statement.on_conflict_do_update(
            index_elements=["customer_id", "campaign_id"],
            set_={"enrolled_at": statement.excluded.enrolled_at},
            where=statement.excluded.enrolled_at < table.c.enrolled_at,
        ).returning(*table.c, text("(xmax = 0) AS is_new"))
    )
    changed = rows.all()
    await count(
        session,
        [
            Movement(
                campaign_id=row.campaign_id,
                offer_id=row.offer_id,
                channel_code="",
                unit=row.unit,
                arm=row.arm,
                day=row.enrolled_at.date(),
                measure=Measure.ENROLLED,
            )
            for row in changed
            if row.is_new
        ],
    )
    if changed:
        await attribute_orders(session, {row.customer_id for row in changed})
