"""Merging two records, and taking that back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col
from structlog import get_logger

from customer.groups.hierarchy import hold_families
from customer.merge_candidates.commands import answer_candidate
from customer.merging import errors
from customer.merging.events import CustomerMerged, CustomerUnmerged
from customer.merging.folding import fold
from customer.merging.following import follow_into, follow_out_of
from customer.merging.groups import (
    announce_children,
    put_back,
    take_place,
)
from customer.merging.models import MOVES, CustomerMerge, MergeRule
from customer.merging.queries import locked_by_id, merge_for_update
from customer.merging.records import record_of, take_out, two_records
from customer.merging.restoring import restore
from customer.profiles.commands import announce
from customer.profiles.models import Customer
from customer.reasons import checked_reason
from customer.special_lists.history import Told, keep_history
from customer.special_lists.models import ListSource
from kit.database import AsyncSession
from kit.errors import Conflict
from kit.events import record
from kit.identity import Caller
from kit.merging.following import be_alone
from kit.merging.mergers import Merger, gather_strays, merge, unmerge
from kit.models import utcnow, uuid7

STRAYS_WITHIN: Final = timedelta(hours=1)


log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Two records to be one, why, and who says so."""

    survivor_id: UUID
    absorbed_id: UUID
    rule: MergeRule
    reason: str


async def merge_customers(
    session: AsyncSession, wanted: Wanted, caller: Caller
) -> tuple[CustomerMerge, Customer]:
    """Take the absorbed into the survivor, with everything of theirs, here and everywhere.

    Comes first in a transaction: it waits until nobody writes for either.
    """
    reason = checked_reason(wanted.reason)
    await be_alone(session)
    await hold_families(session, [wanted.survivor_id, wanted.absorbed_id])
    survivor, absorbed = await two_records(session, wanted.survivor_id, wanted.absorbed_id, caller)
    merger = Merger(uuid7(), survivor.id, absorbed.id)
    moved = await merge(session, MOVES, merger)
    done = fold(survivor, record_of(absorbed), merger.id)
    place = take_place(survivor, absorbed)
    followed = await follow_into(session, survivor.id, absorbed.id)
    kept = CustomerMerge(
        id=merger.id,
        survivor_id=survivor.id,
        absorbed_id=absorbed.id,
        unit=survivor.unit,
        absorbed_unit=absorbed.unit,
        rule=wanted.rule,
        reason=reason,
        merged_by=caller.subject,
        absorbed=await take_out(session, absorbed),
        taken={**done.taken, **followed, **place},
        lost=done.lost,
        moved=dict(moved.rows) if moved else {},
    )
    session.add(kept)
    await answer_candidate(session, survivor.id, absorbed.id, merger.id, reason, caller)
    record(
        session,
        CustomerMerged(
            merge_id=merger.id,
            customer_id=survivor.id,
            absorbed_id=absorbed.id,
            at=kept.created_at,
        ),
    )
    announce(session, [survivor])
    await announce_children(session, survivor)
    log.info("customers_merged", merge_id=str(merger.id), rule=wanted.rule, moved=kept.moved)
    return kept, survivor


async def unmerge_customers(
    session: AsyncSession, merge_id: UUID, reason: str, caller: Caller
) -> tuple[CustomerMerge, Customer, Customer]:
    """Make them two again: what came with the merge goes back, what came since stays.

    Answers with the merge, the survivor and the restored.
    """
    reason = checked_reason(reason)
    await be_alone(session)
    kept = await merge_for_update(session, merge_id, caller)
    if kept.undone_at is not None:
        raise Conflict(f"The merge was taken back on {kept.undone_at:%Y-%m-%d}.")
    await hold_families(session, [kept.survivor_id])
    survivor = (await locked_by_id(session, [kept.survivor_id])).get(kept.survivor_id)
    if survivor is None:
        raise errors.MergeNotUndone(
            f"Customer {kept.survivor_id} was merged into another since: take that back first."
        )
    restored = await restore(session, kept, survivor)
    merger = Merger(kept.id, kept.survivor_id, kept.absorbed_id)
    await unmerge(session, MOVES, merger)
    await follow_out_of(session, survivor.id, restored.id, kept.taken)
    await put_back(session, restored, kept.absorbed)
    kept.undone_at, kept.undone_by, kept.undone_for = utcnow(), caller.subject, reason
    record(
        session,
        CustomerUnmerged(
            merge_id=kept.id,
            customer_id=survivor.id,
            restored_id=restored.id,
            at=kept.undone_at,
        ),
    )
    announce(session, [restored, survivor])
    apart = Told(caller.subject, ListSource.UNMERGE, reason)
    await keep_history(session, [restored, survivor], apart)
    await announce_children(session, restored)
    log.info("customers_unmerged", merge_id=str(kept.id))
    return kept, survivor, restored


async def move_merges(session: AsyncSession, survivor_id: UUID, unit: str) -> None:
    """Merges that stand are taken back where the survivor is now."""
    stands = col(CustomerMerge.undone_at).is_(None)
    mine = update(CustomerMerge).where(col(CustomerMerge.survivor_id) == survivor_id, stands)
    await session.execute(mine.values(unit=unit))


async def gather_stray_rows(session: AsyncSession) -> None:
    """What was written under an old id while it was merged goes to the survivor."""
    await gather_strays(session, MOVES, utcnow() - STRAYS_WITHIN)
