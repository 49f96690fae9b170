"""The absorbed of a merge that is taken back, as a customer again."""

from collections.abc import Sequence
from uuid import UUID

import orjson
from sqlalchemy import text

from customer.merging import errors
from customer.merging.folding import fold, unfold
from customer.merging.following import FOLLOWED
from customer.merging.groups import (
    PARENT,
    give_place_back,
)
from customer.merging.models import CustomerMerge
from customer.merging.queries import later_merges_into, locked_by_id
from customer.profiles.facts import Fact
from customer.profiles.models import Customer
from kit.database import AsyncSession


async def restore(session: AsyncSession, kept: CustomerMerge, survivor: Customer) -> Customer:
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
    _require_known(survivor.id, survivor.identifiers)
    _require_known(kept.absorbed_id, row["identifiers"])
    names = ", ".join(f'"{name}"' for name in row)
    await session.execute(
        text(
            f"INSERT INTO customer ({names}) SELECT {names} "  # noqa: S608  # our own columns
            "FROM jsonb_populate_record(NULL::customer, CAST(:row AS jsonb))"
        ),
        {"row": orjson.dumps(row).decode()},
    )
    return (await locked_by_id(session, [kept.absorbed_id]))[kept.absorbed_id]


def _require_known(customer_id: UUID, identifiers: Sequence[Fact]) -> None:
    if not identifiers:
        raise errors.MergeNotUndone(
            f"Customer {customer_id} would be known by nothing: their identifiers were removed or "
            "replaced since."
        )
