"""Enrolling: who takes part in which campaign, in which arm, from when on."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from campaign.decisions.stages import Draft
from campaign.decisions.touchpoint import Touchpoint
from campaign.entity import table_of
from campaign.evaluation.commands import attribute_orders
from campaign.figures.commands import Movement
from campaign.figures.models import Measure
from campaign.tasks.models import Enrolment
from kit.bulk import insert_rows
from kit.models import uuid7

EARLIER = (
    "ON CONFLICT (customer_id, campaign_id) DO UPDATE SET enrolled_at = excluded.enrolled_at "
    "WHERE excluded.enrolled_at < enrolment.enrolled_at"
)


async def enrol(
    session: AsyncSession, enrolled: Sequence[tuple[Draft, Touchpoint]]
) -> list[Movement]:
    """Enrol each once, as of their earliest touchpoint; what is to be counted.

    Orders that were placed since then count for them.
    """
    earliest: dict[object, dict[str, Any]] = {}
    for draft, touchpoint in enrolled:
        row = _row(draft, touchpoint)
        known = earliest.setdefault((row["customer_id"], row["campaign_id"]), row)
        known["enrolled_at"] = min(known["enrolled_at"], row["enrolled_at"])
    changed = await insert_rows(
        session,
        table_of(Enrolment),
        list(earliest.values()),
        EARLIER,
        "campaign_id, customer_id, offer_id, unit, arm, enrolled_at, xmax = 0 AS is_new",
    )
    if changed:
        await attribute_orders(session, {row.customer_id for row in changed})
    return [_movement(row) for row in changed if row.is_new]


def _row(draft: Draft, touchpoint: Touchpoint) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "created_at": draft.now,
        "campaign_id": draft.campaign.row.id,
        "customer_id": draft.customer.id,
        "offer_id": draft.offer.row.id,
        "arm": draft.arm,
        "unit": draft.customer.unit,
        "enrolled_at": min(touchpoint.occurred_at, touchpoint.received_at),
    }


def _movement(row: Any) -> Movement:
    return Movement(
        campaign_id=row.campaign_id,
        offer_id=row.offer_id,
        channel_code="",
        unit=row.unit,
        arm=row.arm,
        day=row.enrolled_at.date(),
        measure=Measure.ENROLLED,
    )
