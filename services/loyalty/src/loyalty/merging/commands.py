"""Making two customers one member, and two again."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select

from kit.database import AsyncSession
from kit.merging.mergers import Merger, current_ids, gather_strays, merge, unmerge
from kit.models import utcnow
from kit.tables import merger as mergers
from loyalty.accounts.commands import hold_accounts, open_accounts
from loyalty.accounts.queries import account_ids
from loyalty.achievements.commands.counting import catch_up
from loyalty.deeds.commands import score_levels
from loyalty.leaderboards.commands.scoring import score_anew
from loyalty.merging.limits import count_apart, count_together
from loyalty.merging.models import MOVES
from loyalty.merging.tiers import give_back_tier, give_tier
from loyalty.merging.wallets import move_wallets, move_wallets_back
from loyalty.referrals.commands import end_between
from loyalty.referrals.models import Referral
from loyalty.referrals.queries import qualified_between

STRAYS_WITHIN: Final = timedelta(hours=1)


async def merge_customers(session: AsyncSession, merger: Merger) -> None:
    """Move the points by the ledger, and what counts towards tiers."""
    ended = await _referrals_between(session, merger)
    if moved := await merge(session, MOVES, merger):
        await end_between(session, ended, moved.new)
        await count_together(session, moved.new, moved.old)
        accounts = await account_ids(session, [moved.old])
        if moved.old in accounts:
            accounts |= await open_accounts(session, [moved.new])
            await move_wallets(session, merger.id, accounts[moved.old], accounts[moved.new])
        await give_tier(session, merger.id, moved.new, moved.old)
        await hold_accounts(session, [moved.new])
        await score_levels(session, await catch_up(session, moved.new))
        await score_anew(session, [moved.old, moved.new])


async def _referrals_between(session: AsyncSession, merger: Merger) -> list[Referral]:
    """Where one has brought the other, nobody was brought."""
    ids = [merger.survivor_id, merger.absorbed_id]
    found = await current_ids(session, ids)
    return await qualified_between(session, *(found.get(each, each) for each in ids))


async def unmerge_customers(session: AsyncSession, merger: Merger) -> None:
    """Give back what is left of what came: what was spent since is spent."""
    if moved := await unmerge(session, MOVES, merger):
        await count_apart(session, moved.old, moved.new)
        await score_anew(session, [moved.old, moved.new])
        accounts = await account_ids(session, [moved.old, *moved.parts])
        if {moved.old, moved.new} <= accounts.keys():
            back = [accounts[each] for each in moved.parts if each in accounts]
            source, target = accounts[moved.old], accounts[moved.new]
            await move_wallets(session, merger.id, target, source)
            await move_wallets_back(session, merger.id, source, target, back)
        await give_back_tier(session, merger.id)


async def gather_stray_rows(session: AsyncSession) -> None:
    """What was written under an old id while it was merged goes to the survivor."""
    since = utcnow() - STRAYS_WITHIN
    for moved in await gather_strays(session, MOVES, since):
        await score_anew(session, [moved.old, moved.new])
    recent = select(mergers.c.id, mergers.c.absorbed_id, mergers.c.survivor_id).where(
        mergers.c.merged_at > since, mergers.c.undone_at.is_(None)
    )
    for row in (await session.execute(recent.order_by(mergers.c.id))).all():
        accounts = await account_ids(session, [row.absorbed_id, row.survivor_id])
        if len(accounts) == len({row.absorbed_id, row.survivor_id}):
            source, target = accounts[row.absorbed_id], accounts[row.survivor_id]
            await move_wallets(session, row.id, source, target)
