"""Deeds are counted, and what stood on cancelled orders is counted no longer."""

from collections.abc import Collection, Sequence
from uuid import UUID

from kit.database import AsyncSession
from loyalty.achievements.commands import counting
from loyalty.earning.happenings import Deed, Happening
from loyalty.earning.queries import points_given


async def count_deeds(session: AsyncSession, happenings: Sequence[Happening]) -> None:
    """Let what happened count, with the points that earning rules have given for it by now."""
    points = await points_given(session, ((each.event, each.source_id) for each in happenings))
    deeds = [Deed(each, points.get((each.event, each.source_id), 0)) for each in happenings]
    await counting.count_deeds(session, deeds)


async def take_back_deeds(session: AsyncSession, orders: Collection[UUID]) -> None:
    """What stood on cancelled orders counts no longer."""
    await counting.take_back_deeds(session, orders)
