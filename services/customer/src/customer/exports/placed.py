"""Customers as an export shows them: with the groups they lie below or belong to, by identifier."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from customer.memberships.models import GroupMembership
from customer.profiles.facts import Fact
from customer.profiles.queries import customers_by_ids
from kit.database import Database
from kit.units import lies_below


@dataclass(slots=True)
class Placed:
    """A customer's row; a group that is not in the export's unit is left out."""

    row: Any
    parent: list[Fact] = field(default_factory=list)
    """By what the group above is recognised."""
    memberships: list[Fact] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


async def placed(db: Database, rows: Sequence[Any], unit: str) -> list[Placed]:
    """The same customers, in the same order."""
    members = [row.id for row in rows if row.kind == "individual"]
    statement = (
        select(GroupMembership)
        .where(col(GroupMembership.member_id).in_(members), col(GroupMembership.standing).is_(True))
        .order_by(col(GroupMembership.id))
    )
    async with db.reading() as session:
        standing = (await session.exec(statement)).all() if members else []
    wanted = {each.group_id for each in standing} | {row.parent_id for row in rows if row.parent_id}
    found = await customers_by_ids(db, sorted(wanted)) if wanted else {}
    groups = {id_: each for id_, each in found.items() if lies_below(each.unit, unit)}
    of: dict[UUID, list[Fact]] = {}
    for each in standing:
        if each.group_id in groups:
            told = {"role": each.role, "since": each.since.isoformat()}
            of.setdefault(each.member_id, []).append(groups[each.group_id].identifiers[0] | told)
    return [
        Placed(
            row,
            groups[row.parent_id].identifiers if row.parent_id in groups else [],
            of.get(row.id, []),
        )
        for row in rows
    ]
