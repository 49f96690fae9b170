"""Making two customers one, and two again; the figures follow."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from campaign.decisions.commands import decide_what_waited
from campaign.evaluation.commands import attribute_orders, conversions_follow_orders
from campaign.merging.counting import count_difference, counted
from campaign.merging.models import MOVES
from campaign.tasks.withdrawing import withdraw_unwanted
from campaign.turns import Purpose, take_turns
from kit.merging.mergers import Merger, Moved, gather_strays, merge, unmerge
from kit.models import utcnow

STRAYS_WITHIN: Final = timedelta(hours=1)


async def merge_customers(session: AsyncSession, merger: Merger) -> None:
    """What waited for the absorbed is decided for the survivor, and orders are credited anew."""
    both = await _turns_of(session, merger)
    before = await counted(session, both)
    if moved := await merge(session, MOVES, merger):
        await conversions_follow_orders(session, {*both, moved.new})
        await count_difference(session, before, {*both, moved.new})
        await _follow_up(session, [moved])


async def unmerge_customers(session: AsyncSession, merger: Merger) -> None:
    """Orders are credited to each of the two by their own tasks again."""
    both = await _turns_of(session, merger)
    before = await counted(session, both)
    if moved := await unmerge(session, MOVES, merger):
        await conversions_follow_orders(session, {*both, moved.old})
        await count_difference(session, before, {*both, moved.old})
        await _follow_up(session, [moved])


async def gather_stray_rows(session: AsyncSession) -> None:
    """What was written under an old id while it was merged goes to the survivor."""
    await _follow_up(session, await gather_strays(session, MOVES, utcnow() - STRAYS_WITHIN))


async def _turns_of(session: AsyncSession, merger: Merger) -> set[UUID]:
    both = {merger.survivor_id, merger.absorbed_id}
    for purpose in Purpose:
        await take_turns(session, purpose, both)
    return both


async def _follow_up(session: AsyncSession, moved: Sequence[Moved]) -> None:
    if not moved:
        return
    everybody = sorted({each for one in moved for each in (one.old, one.new)})
    await decide_what_waited(session, everybody)
    await attribute_orders(session, everybody)
    await withdraw_unwanted(session, set(everybody))
