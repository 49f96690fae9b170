"""Merging two records, and taking that back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from structlog import get_logger

from customer.groups.hierarchy import hold_families
from customer.identifiers.queries import survivors
from customer.merge_candidates.commands import answer_candidate
from customer.merging import errors
from customer.merging.events import CustomerMerged, CustomerUnmerged
from customer.merging.folding import fold, unfold
from customer.merging.following import FOLLOWED, follow_into, follow_out_of
from customer.merging.groups import (
    PARENT,
    announce_children,
    give_place_back,
    put_back,
    refuse_entangled,
    take_place,
)
from customer.merging.models import MOVES, CustomerMerge, MergeRule
from customer.merging.queries import later_merges_into, locked_by_id, merge_for_update
from customer.profiles.commands import announce
from customer.profiles.facts import KnownFacts
from customer.profiles.models import Customer
from customer.profiles.queries import may_see
from customer.reasons import checked_reason
from customer.special_lists.history import Told, keep_history
from customer.special_lists.models import ListSource
from kit.database import AsyncSession
from kit.errors import Conflict, InvalidInput, NotFound
from kit.events import record
from kit.identity import Caller
from kit.merging.following import be_alone
from kit.merging.mergers import Merger, gather_strays, merge, unmerge
from kit.models import utcnow, uuid7

STRAYS_WITHIN: Final = timedelta(hours=1)
TAKE_OUT: Final = text(
    "DELETE FROM customer WHERE id = :id RETURNING CAST(to_jsonb(customer) AS text) AS record"
)
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
        absorbed=await _take_out(session, absorbed),
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
    restored = await _restore(session, kept, survivor)
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


async def gather_stray_rows(session: AsyncSession) -> None:
    """What was written under an old id while it was merged goes to the survivor."""
    await gather_strays(session, MOVES, utcnow() - STRAYS_WITHIN)


async def two_records(
    session: AsyncSession, survivor_id: UUID, absorbed_id: UUID, caller: Caller
) -> tuple[Customer, Customer]:
    """Both, locked; refused when they can't be one or the caller may not see one of them."""
    if survivor_id == absorbed_id:
        raise InvalidInput("absorbedId", "is the survivor's own id")
    found = await locked_by_id(session, [survivor_id, absorbed_id])
    await _refuse_absorbed(session, [e for e in (survivor_id, absorbed_id) if e not in found])
    for each in (survivor_id, absorbed_id):
        if each not in found or not may_see(caller, found[each]):
            raise NotFound("customer", each)
    survivor, absorbed = found[survivor_id], found[absorbed_id]
    if survivor.kind != absorbed.kind:
        raise errors.CannotMerge("An individual and a group are never one customer.")
    await refuse_entangled(session, survivor, absorbed)
    return survivor, absorbed


async def _refuse_absorbed(session: AsyncSession, missing: Sequence[UUID]) -> None:
    if missing and (known_by := await survivors(session, missing)):
        old = next(iter(known_by))
        raise errors.AlreadyMerged(old, known_by[old])


def record_of(customer: KnownFacts) -> dict[str, Any]:
    """The facts of a record, as a merge folds them."""
    names = ("name", "status", "attributes", "identifiers", "tags", "special_lists")
    more = ("holdings", "consents", "group_class", "account_manager")
    return {name: getattr(customer, name) for name in (*names, *more)}


async def _take_out(session: AsyncSession, absorbed: Customer) -> dict[str, Any]:
    """The whole row, as it was: it is gone from among the customers."""
    await session.flush()
    taken = await session.execute(TAKE_OUT, {"id": absorbed.id})
    session.expunge(absorbed)
    row: dict[str, Any] = orjson.loads(taken.scalar_one())
    return row


async def _restore(session: AsyncSession, kept: CustomerMerge, survivor: Customer) -> Customer:
    """The absorbed as a customer again; what was merged into the survivor since is put on anew."""
    later = await later_merges_into(session, kept)
    for each in later:
        each.absorbed = {
            **each.absorbed,
            **unfold(survivor, each.absorbed, each.taken, each.id, each.created_at),
        }
    row = {
        **kept.absorbed,
        **unfold(survivor, kept.absorbed, kept.taken, kept.id, kept.created_at),
        PARENT: None,
    }
    give_place_back(survivor, kept.taken)
    for each in reversed(later):
        done = fold(survivor, each.absorbed, each.id)
        kept_along = (*FOLLOWED, PARENT)
        followed = {str(name): each.taken[name] for name in kept_along if name in each.taken}
        each.taken, each.lost = {**done.taken, **followed}, done.lost
    names = ", ".join(f'"{name}"' for name in row)
    await session.execute(
        text(
            f"INSERT INTO customer ({names}) SELECT {names} "  # noqa: S608  # our own columns
            "FROM jsonb_populate_record(NULL::customer, CAST(:row AS jsonb))"
        ),
        {"row": orjson.dumps(row).decode()},
    )
    return (await locked_by_id(session, [kept.absorbed_id]))[kept.absorbed_id]
