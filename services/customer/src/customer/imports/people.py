"""Whom the lines of a chunk are about, and keeping what they say of them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from customer.consents.models import ConsentRecord
from customer.entity import table_of
from customer.identifiers.queries import Key, owners
from customer.merge_candidates.commands import Suspicion, suspect
from customer.profiles.commands import announce, claim_identifiers, register
from customer.profiles.facts import Fact, KnownFacts
from customer.profiles.models import Customer, Newcomer
from customer.profiles.queries import customers_for_update
from kit.bulk import insert_new_rows
from kit.database import AsyncSession


@dataclass(slots=True)
class Gathered:
    """What a chunk makes of customers."""

    new: dict[UUID, Newcomer] = field(default_factory=dict)
    changed: dict[UUID, KnownFacts] = field(default_factory=dict)
    claims: list[tuple[KnownFacts, list[Fact]]] = field(default_factory=list)
    consents: list[dict[str, Any]] = field(default_factory=list)
    suspicions: list[Suspicion] = field(default_factory=list)


class People(Protocol):
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
        await register(session, list(gathered.new.values()))
        await claim_identifiers(session, gathered.claims)
        changed = gathered.changed.values()
        announce(session, [each for each in changed if isinstance(each, Customer)])
        await insert_new_rows(session, table_of(ConsentRecord), gathered.consents)
        await suspect(session, gathered.suspicions)
