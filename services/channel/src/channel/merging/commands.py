"""Making two customers one, and two again."""

from datetime import timedelta
from typing import Final

from channel.merging.models import MOVES
from kit.database import AsyncSession
from kit.merging.mergers import Merger, gather_strays, merge, unmerge
from kit.models import utcnow

STRAYS_WITHIN: Final = timedelta(hours=1)


async def merge_customers(session: AsyncSession, merger: Merger) -> None:
    await merge(session, MOVES, merger)


async def unmerge_customers(session: AsyncSession, merger: Merger) -> None:
    await unmerge(session, MOVES, merger)


async def gather_stray_rows(session: AsyncSession) -> None:
    """What was written under an old id while it was merged goes to the survivor."""
    await gather_strays(session, MOVES, utcnow() - STRAYS_WITHIN)
