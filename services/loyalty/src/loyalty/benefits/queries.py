"""How benefits are valued."""

from sqlmodel import select

from kit.database import AsyncSession
from loyalty.benefits.models import PointValue
from loyalty.points.models import Programme


async def point_value(session: AsyncSession) -> PointValue:
    row = (await session.exec(select(Programme))).one()
    return PointValue(row.point_value_minor, row.currency)
