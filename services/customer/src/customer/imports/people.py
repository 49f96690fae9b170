"""Whom the lines of a chunk are about, and keeping what they say of them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select

from customer.consents.models import ConsentRecord
from customer.entity import table_of
from customer.identifiers.queries import Key, owners
from customer.imports.places import Joined, Roles, Tree
from customer.memberships.commands import join_groups
from customer.memberships.queries import standing_roles
from customer.merge_candidates.commands import Suspicion, suspect
from customer.profiles.commands import announce, claim_identifiers, register
from customer.profiles.facts import Fact, KnownFacts
from customer.profiles.models import Customer, Newcomer
from customer.profiles.queries import customers_for_update
from customer.special_lists.history import Told, keep_history
from customer.special_lists.models import ListSource
from kit.bulk import insert_new_rows
from kit.database import AsyncSession

_table = table_of(Customer)


@dataclass(slots=True)
class Gathered:
    """What a chunk makes of customers."""

    new: dict[UUID, Newcomer] = field(default_factory=dict)
    changed: dict[UUID, KnownFacts] = field(default_factory=dict)
    claims: list[tuple[KnownFacts, list[Fact]]] = field(default_factory=list)
    consents: list[dict[str, Any]] = field(default_factory=list)
    suspicions: list[Suspicion] = field(default_factory=list)
    joined: list[Joined] = field(default_factory=list)
    on_lists: dict[UUID, KnownFacts] = field(default_factory=dict)
    by: str = ""


class People(Tree, Protocol):
    """Those whom an import finds, and makes known."""

    async def known(self, session: AsyncSession, keys: Collection[Key]) -> dict[Key, KnownFacts]:
        """Whose each identifier is, for those that are somebody's."""

    async def keep(self, session: AsyncSession, gathered: Gathered) -> None:
        """Write down what has become of them."""


class Registered:
    """Those who are customers. They are locked until the chunk is in."""

    async def known(self, session: AsyncSession, keys: Collection[Key]) -> dict[Key, KnownFacts]:
        owned = await owners(session, keys)
        customers = await customers_for_update(session, set(owned.values()))
        return {key: customers[owner] for key, owner in owned.items()}

    async def keep(self, session: AsyncSession, gathered: Gathered) -> None:
        """Tells the platform; IdentifierTaken when somebody else was quicker to register one."""
        with session.no_autoflush:  # who is known may lie below a group that comes only now
            await register(session, list(gathered.new.values()))
        await claim_identifiers(session, gathered.claims)
        changed = gathered.changed.values()
        announce(session, [each for each in changed if isinstance(each, Customer)])
        await insert_new_rows(session, table_of(ConsentRecord), gathered.consents)
        await join_groups(session, gathered.joined)
        told = Told(gathered.by, ListSource.IMPORT)
        await keep_history(session, list(gathered.on_lists.values()), told)
        await suspect(session, gathered.suspicions)

    async def parents(self, session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
        above = _table.c.parent_id
        statement = select(_table.c.id, above).where(_table.c.id.in_(ids), above.is_not(None))
        return {row.id: row.parent_id for row in (await session.execute(statement)).all()}

    async def children(self, session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
        statement = select(_table.c.id, _table.c.parent_id).where(_table.c.parent_id.in_(ids))
        found: dict[UUID, set[UUID]] = {each: set() for each in ids}
        for row in (await session.execute(statement)).all():
            found[row.parent_id].add(row.id)
        return found

    async def roles(self, session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Roles]:
        return await standing_roles(session, ids)
