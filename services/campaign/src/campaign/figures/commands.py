"""Counting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from campaign.entity import table_of
from campaign.figures.models import FigureMovement, Measure
from kit.bulk import insert_rows
from kit.models import utcnow, uuid7

FOLD = text(
    """
    WITH taken AS (
        SELECT id FROM figure_movement ORDER BY id LIMIT 20000 FOR UPDATE SKIP LOCKED
    ), moved AS (
        DELETE FROM figure_movement USING taken WHERE figure_movement.id = taken.id
        RETURNING figure_movement.*
    )
    INSERT INTO figure
        (id, created_at, campaign_id, offer_id, channel_code, unit, arm, day, measure, amount)
    SELECT gen_random_uuid(), now(), campaign_id, offer_id, channel_code, unit, arm, day, measure,
        sum(amount)
    FROM moved
    GROUP BY campaign_id, offer_id, channel_code, unit, arm, day, measure
    ORDER BY campaign_id, offer_id, channel_code, unit, arm, day, measure
    ON CONFLICT ON CONSTRAINT figure_is_counted_in_one_place
    DO UPDATE SET amount = figure.amount + excluded.amount
    """
)


@dataclass(frozen=True, slots=True)
class Movement:
    """A change of one figure."""

    campaign_id: UUID
    offer_id: UUID
    channel_code: str
    unit: str
    arm: str
    day: date
    measure: Measure
    amount: int = 1


async def count(session: AsyncSession, movements: Sequence[Movement]) -> None:
    """Count, in the transaction of what is counted; the same places are added up first."""
    now = utcnow()
    sums: dict[tuple[object, ...], int] = {}
    for each in movements:
        place = (
            each.campaign_id,
            each.offer_id,
            each.channel_code,
            each.unit,
            each.arm,
            each.day,
            each.measure,
        )
        sums[place] = sums.get(place, 0) + each.amount
    names = ("campaign_id", "offer_id", "channel_code", "unit", "arm", "day", "measure")
    rows = [
        {
            "id": uuid7(),
            "created_at": now,
            **dict(zip(names, place, strict=True)),
            "amount": amount,
        }
        for place, amount in sums.items()
        if amount
    ]
    await insert_rows(session, table_of(FigureMovement), rows)


async def fold_figures(session: AsyncSession) -> None:
    """Add up what was counted since: one statement, so that no reader sees half of it."""
    await session.execute(FOLD)
