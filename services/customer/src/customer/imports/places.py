"""Where groups lie and who belongs to them, as the lines of a chunk would have it, line by line."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from customer.groups.commands import MOST_GROUPS
from customer.groups.hierarchy import DEEPEST, MOST_CHILDREN
from customer.identifiers.queries import Key
from customer.imports.lines import InGroups, Line, Named, Unusable
from customer.memberships.models import GroupRole
from customer.profiles.facts import CustomerKind, KnownFacts
from kit.database import AsyncSession

Roles: TypeAlias = dict[UUID, GroupRole]


class Tree(Protocol):
    """Groups as they lie now."""

    async def parents(self, session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
        """The group directly above each that has one."""

    async def children(self, session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
        """The groups directly below each."""

    async def roles(self, session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Roles]:
        """The groups each individual belongs to, and as what."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody who comes into a group, or gets another role in it."""

    group_id: UUID
    member_id: UUID
    role: GroupRole
    since: datetime


@dataclass(slots=True)
class Places:
    """Changed by each line that is taken, so that the next is judged by it."""

    parents: dict[UUID, UUID] = field(default_factory=dict)
    children: dict[UUID, set[UUID]] = field(default_factory=dict)
    roles: dict[UUID, Roles] = field(default_factory=dict)

    async def load(
        self,
        session: AsyncSession,
        tree: Tree,
        lines: Collection[Line],
        known: Mapping[Key, KnownFacts],
    ) -> None:
        """What is above the groups that are named as parents, below those that are placed."""
        placed = [each for each in lines if each.groups]
        above = _customers(
            known, [e.groups.parent.key for e in placed if e.groups and e.groups.parent]
        )
        own = _customers(known, [key for each in placed for key in each.identifiers])
        wave = set(above) | own
        for _ in range(DEEPEST + 1):
            found = await tree.parents(session, wave) if wave else {}
            self.parents |= found
            wave = set(found.values()) - self.parents.keys()
        wave = set(above) | own
        for _ in range(DEEPEST + 1):
            below = await tree.children(session, wave) if wave else {}
            self.children |= below
            wave = {each for group in below.values() for each in group} - self.children.keys()
        members = {
            key for e in placed if e.groups and e.groups.memberships for key in e.identifiers
        }
        self.roles |= await tree.roles(session, _customers(known, list(members)))

    def refuse(
        self, said: InGroups, kind: CustomerKind, id_: UUID | None, known: Mapping[Key, KnownFacts]
    ) -> None:
        """Unusable, with the column, for what can't be."""
        if kind != CustomerKind.GROUP and (said.group_class or said.account_manager or said.parent):
            raise Unusable("kind", "is not group: class, account manager and parent are of groups")
        if kind == CustomerKind.GROUP and said.memberships:
            raise Unusable(
                said.memberships[0].group.column, "is of individuals, and this is a group"
            )
        if said.parent is not None:
            self._refuse_parent(said.parent, id_, known)
        joined = {_group(each.group, known).id for each in said.memberships}
        if len(joined | self.roles.get(id_, {}).keys() if id_ else joined) > MOST_GROUPS:
            raise Unusable(
                said.memberships[0].group.column, f"makes more than {MOST_GROUPS} groups"
            )

    def place(self, group_id: UUID, parent_id: UUID) -> None:
        before = self.parents.get(group_id)
        if before is not None:
            self.children.get(before, set()).discard(group_id)
        self.parents[group_id] = parent_id
        self.children.setdefault(parent_id, set()).add(group_id)

    def _refuse_parent(
        self, named: Named, id_: UUID | None, known: Mapping[Key, KnownFacts]
    ) -> None:
        parent = _group(named, known)
        chain = [parent.id]
        while (above := self.parents.get(chain[-1])) is not None and len(chain) <= DEEPEST:
            chain.append(above)
        if id_ in chain:
            raise Unusable(named.column, "names a group that is, or lies below, the group itself")
        if len(chain) + (self._height(id_) if id_ else 1) > DEEPEST:
            raise Unusable(named.column, f"makes groups lie more than {DEEPEST} levels deep")
        below = self.children.get(parent.id, set())
        if id_ not in below and len(below) >= MOST_CHILDREN:
            raise Unusable(named.column, f"names a group with {MOST_CHILDREN} below it, the most")

    def _height(self, id_: UUID) -> int:
        height, wave = 0, {id_}
        while wave and height <= DEEPEST:
            height += 1
            wave = {below for each in wave for below in self.children.get(each, ())}
        return height


def _group(named: Named, known: Mapping[Key, KnownFacts]) -> KnownFacts:
    found = known.get(named.key)
    if found is None:
        raise Unusable(named.column, "names nobody who is known by now: a group comes first")
    if found.kind != CustomerKind.GROUP:
        raise Unusable(named.column, "names an individual, and not a group")
    return found


def _customers(known: Mapping[Key, KnownFacts], keys: Collection[Key]) -> set[UUID]:
    return {known[key].id for key in keys if key in known}
