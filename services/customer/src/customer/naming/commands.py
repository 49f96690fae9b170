"""Registering those whom others named."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from customer.holdings.commands import early_purchases, give, hold_products, take_turns
from customer.identifiers.models import as_kept
from customer.identifiers.queries import Key, owners
from customer.merging.events import CustomerMerged
from customer.merging.models import MOVES
from customer.profiles.commands import DEFAULT_TIME_ZONE, newcomer, register
from customer.profiles.facts import CustomerKind, CustomerStatus
from customer.profiles.models import Newcomer
from customer.profiles.queries import customers_for_update
from kit.database import AsyncSession
from kit.events import record
from kit.merging.mergers import Merger, merge
from kit.models import utcnow, uuid7


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody, by the id and the identifier they were named with."""

    customer_id: UUID
    scheme: str
    value: str
    unit: str

    @property
    def key(self) -> Key:
        """However it was said, the order behind it is real."""
        return as_kept(self.scheme, self.value)


async def register_named(session: AsyncSession, named: Sequence[Named]) -> None:
    """Register those not known yet with the id they were named by.

    Whoever is known by the identifier already keeps their own id, and goes by both.
    """
    ids = {each.customer_id for each in named}
    await take_turns(session, ids)
    known = await customers_for_update(session, ids)
    fresh = [each for each in named if each.customer_id not in known]
    owned = await owners(session, {each.key for each in fresh})
    newcomers = _newcomers(each for each in fresh if each.key not in owned)
    for purchase in await early_purchases(session, newcomers):
        give(newcomers[purchase.customer_id], purchase)
    await register(session, list(newcomers.values()))
    owned |= {_first_key(each): each.id for each in newcomers.values()}
    await _go_by_both(
        session, {e.customer_id: owned[e.key] for e in fresh if owned[e.key] != e.customer_id}
    )


async def _go_by_both(session: AsyncSession, aliases: Mapping[UUID, UUID]) -> None:
    """The second id and the first are one person, here and wherever else the second is in use."""
    purchases = await early_purchases(session, aliases)
    for old in sorted(aliases):
        merger = Merger(uuid7(), aliases[old], old)
        if await merge(session, MOVES, merger):
            told = CustomerMerged(
                merge_id=merger.id, customer_id=aliases[old], absorbed_id=old, at=utcnow()
            )
            record(session, told)
    if purchases:
        await hold_products(session, purchases)


def _newcomers(named: Iterable[Named]) -> dict[UUID, Newcomer]:
    """One for each identifier, under the first id it was named with."""
    first: dict[Key, Named] = {}
    for each in named:
        first.setdefault(each.key, each)
    return {
        each.customer_id: newcomer(
            key,
            id=each.customer_id,
            unit=each.unit,
            kind=CustomerKind.INDIVIDUAL,
            status=CustomerStatus.PROSPECT,
            time_zone=DEFAULT_TIME_ZONE,
        )
        for key, each in first.items()
    }


def _first_key(customer: Newcomer) -> Key:
    first = customer.identifiers[0]
    return first["scheme"], first["value"]
