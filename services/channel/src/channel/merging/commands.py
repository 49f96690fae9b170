"""Making two customers one, and two again."""

from datetime import timedelta
from typing import Final

from channel.merging.models import MOVES
from channel.work.withdrawing import withdraw_unwanted
from kit.database import AsyncSession
from kit.merging.mergers import Merger, gather_strays, merge, unmerge
from kit.models import utcnow

STRAYS_WITHIN: Final = timedelta(hours=1)


async def merge_customers(session: AsyncSession, merger: Merger) -> None:
    await merge(session, MOVES, merger)
    await withdraw_unwanted(session, {merger.survivor_id, merger.absorbed_id})


async def unmerge_customers(session: AsyncSession, merger: Merger) -> None:
    await unmerge(session, MOVES, merger)


async def gather_stray_rows(session: AsyncSession) -> None:
    """What was written under an old id while it was merged goes to the survivor."""
    gathered = await gather_strays(session, MOVES, utcnow() - STRAYS_WITHIN)
    await withdraw_unwanted(session, {each.new for each in gathered})
