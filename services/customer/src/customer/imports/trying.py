"""A dry run: what would become of the lines, with nobody touched and nothing announced."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlmodel import col

from customer.entity import table_of
from customer.identifiers.models import Identifier
from customer.identifiers.queries import Key, owners
from customer.imports.models import TriedCustomer, TriedIdentifier, TriedMembership
from customer.imports.people import Gathered, Registered
from customer.imports.places import Roles
from customer.memberships.models import GroupRole
from customer.profiles.commands import COLUMNS
from customer.profiles.facts import KnownFacts
from customer.profiles.models import Customer, Newcomer
from kit.bulk import document, insert_new_rows, insert_rows, replacing, sent
from kit.database import AsyncSession

MOMENTS: Final = ("created_at", "tags_expire_at")
_given = sent(table_of(Identifier), ("scheme", "value"))


class Tried:
    """Customers as they are, overlaid by what the dry run has made of them so far."""

    def __init__(self, import_id: UUID) -> None:
        self.import_id = import_id
        self._registered = Registered()

    async def known(self, session: AsyncSession, keys: Collection[Key]) -> dict[Key, KnownFacts]:
        tried = await self._tried_owners(session, keys)
        owned = await owners(session, [key for key in keys if key not in tried]) | tried
        ids = set(owned.values())
        customers = await self._tried_customers(session, ids)
        customers |= await _as_they_are(session, ids - customers.keys())
        return {key: customers[owner] for key, owner in owned.items()}

    async def keep(self, session: AsyncSession, gathered: Gathered) -> None:
        people = gathered.new | gathered.changed
        facts = [
            {"import_id": self.import_id, "customer_id": id_, "facts": _facts(each)}
            for id_, each in people.items()
        ]
        key = "ON CONFLICT (import_id, customer_id) DO UPDATE SET "
        await insert_rows(session, table_of(TriedCustomer), facts, key + replacing(["facts"]))
        identifiers = [
            {"import_id": self.import_id, **each, "customer_id": id_}
            for id_, customer in people.items()
            for each in customer.identifiers
        ]
        await insert_new_rows(session, table_of(TriedIdentifier), identifiers)
        await self._keep_roles(session, gathered)

    async def parents(self, session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
        tried = await self._tried_customers(session, ids)
        known = await self._registered.parents(session, ids)
        above = {each: one.parent_id for each, one in tried.items()}
        return {each: up for each, up in (known | above).items() if up is not None}

    async def children(self, session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
        found = await self._registered.children(session, ids)
        below = {one for group in found.values() for one in group}
        elsewhere = (await self._tried_customers(session, below)).keys()
        found = {each: group - elsewhere for each, group in found.items()}
        above = col(TriedCustomer.facts)["parent_id"].astext
        statement = select(col(TriedCustomer.customer_id), above).where(
            col(TriedCustomer.import_id) == self.import_id, above.in_([str(each) for each in ids])
        )
        for customer_id, parent_id in (await session.execute(statement)).all():
            found[UUID(parent_id)].add(customer_id)
        return found

    async def roles(self, session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Roles]:
        roles = await self._registered.roles(session, ids)
        statement = select(table_of(TriedMembership)).where(
            col(TriedMembership.import_id) == self.import_id,
            col(TriedMembership.member_id).in_(ids),
        )
        for row in (await session.execute(statement)).all():
            roles.setdefault(row.member_id, {})[row.group_id] = GroupRole(row.role)
        return roles

    async def _keep_roles(self, session: AsyncSession, gathered: Gathered) -> None:
        """Of somebody who joins a group twice the last role counts."""
        roles = {(each.member_id, each.group_id): each.role for each in gathered.joined}
        rows = [
            {"import_id": self.import_id, "member_id": member, "group_id": group, "role": role}
            for (member, group), role in sorted(roles.items())
        ]
        key = "ON CONFLICT (import_id, member_id, group_id) DO UPDATE SET "
        await insert_rows(session, table_of(TriedMembership), rows, key + replacing(["role"]))

    async def _tried_owners(self, session: AsyncSession, keys: Collection[Key]) -> dict[Key, UUID]:
        key = tuple_(col(TriedIdentifier.scheme), col(TriedIdentifier.value))
        statement = select(table_of(TriedIdentifier)).where(
            col(TriedIdentifier.import_id) == self.import_id,
            key.in_(select(_given.c.scheme, _given.c.value)),
        )
        asked = [{"scheme": scheme, "value": value} for scheme, value in keys]
        rows = (await session.execute(statement, document(asked))).all()
        return {(row.scheme, row.value): row.customer_id for row in rows}

    async def _tried_customers(
        self, session: AsyncSession, ids: Collection[UUID]
    ) -> dict[UUID, Newcomer]:
        statement = select(table_of(TriedCustomer)).where(
            col(TriedCustomer.import_id) == self.import_id,
            col(TriedCustomer.customer_id).in_(ids),
        )
        rows = (await session.execute(statement)).all()
        return {row.customer_id: _somebody(row.facts) for row in rows}


async def forget_tried(session: AsyncSession, import_ids: Sequence[UUID]) -> None:
    """What a dry run made of people is of no use when it is over."""
    for table in (TriedMembership, TriedIdentifier, TriedCustomer):
        await session.execute(delete(table).where(col(table.import_id).in_(import_ids)))


async def _as_they_are(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Newcomer]:
    statement = select(table_of(Customer)).where(col(Customer.id).in_(ids))
    rows = (await session.execute(statement)).all()
    return {row.id: Newcomer(**{name: getattr(row, name) for name in COLUMNS}) for row in rows}


def _facts(customer: KnownFacts) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in COLUMNS}


def _somebody(facts: dict[str, Any]) -> Newcomer:
    moments = {name: facts[name] and datetime.fromisoformat(facts[name]) for name in MOMENTS}
    parent = facts["parent_id"] and UUID(facts["parent_id"])
    return Newcomer(**{**facts, **moments, "id": UUID(facts["id"]), "parent_id": parent})
