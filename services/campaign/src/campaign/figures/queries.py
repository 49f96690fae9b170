"""What a campaign has achieved so far."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from campaign.entity import table_of
from campaign.figures.models import Figure, FigureMovement, Measure

DIMENSIONS = ("campaign_id", "channel_code", "unit", "arm", "day", "measure")


@dataclass(frozen=True, slots=True)
class Counted:
    """One measure of one campaign in one place."""

    campaign_id: UUID
    channel_code: str
    unit: str
    arm: str
    day: date
    measure: Measure
    amount: int


async def counted(session: AsyncSession, campaign_ids: Sequence[UUID]) -> list[Counted]:
    """All figures of these campaigns, up to the last commit."""
    parts = []
    for model in (Figure, FigureMovement):
        columns = table_of(model).c
        parts.append(
            select(*(columns[name] for name in DIMENSIONS), columns.amount).where(
                columns.campaign_id.in_(campaign_ids)
            )
        )
    both = union_all(*parts).subquery()
    dimensions = [both.c[name] for name in DIMENSIONS]
    summed: Any = select(*dimensions, func.sum(both.c.amount).label("amount")).group_by(*dimensions)
    return [
        Counted(
            row.campaign_id,
            row.channel_code,
            row.unit,
            row.arm,
            row.day,
            Measure(row.measure),
            int(row.amount),
        )
        for row in await session.execute(summed)
    ]


def summed(
    rows: Sequence[Counted], keep: Callable[[Counted], bool] = lambda _: True
) -> dict[Measure, int]:
    """Each measure over the rows that are kept."""
    sums = dict.fromkeys(Measure, 0)
    for row in rows:
        if keep(row):
            sums[row.measure] += row.amount
    return sums
