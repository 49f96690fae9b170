"""Reversing: what an order gave is taken back, also when it was spent."""

from collections.abc import Sequence

from kit.database import AsyncSession
from loyalty.points.commands.posting import post
from loyalty.points.models import NewPosting, Posted


async def take_back(session: AsyncSession, reversals: Sequence[NewPosting]) -> list[Posted]:
    """Reverse earlier postings, also when their points are spent; what has expired is gone already.

    Each names what it `reverses`; what was reversed before stays as it is.
    """
    return await post(session, reversals)
