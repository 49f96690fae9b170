"""How benefits are valued."""

from dataclasses import dataclass

from sqlmodel import select

from kit.database import AsyncSession
from loyalty.points.models import Programme


@dataclass(frozen=True, slots=True)
class PointValue:
    """What one point costs whoever grants it."""

    minor: int
    currency: str


async def point_value(session: AsyncSession) -> PointValue:
    row = (await session.exec(select(Programme))).one()
    return PointValue(row.point_value_minor, row.currency)
