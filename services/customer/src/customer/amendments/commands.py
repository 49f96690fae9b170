"""Changing who a customer is said to be, and taking an identifier away."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from structlog import get_logger

from customer.identifiers.commands import release_identifier
from customer.identifiers.errors import LastIdentifier
from customer.identifiers.models import as_kept, masked
from customer.identifiers.queries import Key, every_id
from customer.merge_candidates.commands import move_candidates
from customer.merging.commands import move_merges
from customer.organisation.queries import require_known_unit
from customer.profiles.commands import announce, checked_personal_name, checked_time_zone
from customer.profiles.models import Customer
from customer.profiles.queries import customer_for_update
from customer.subject_requests.moving import hold_open_requests, move_open_requests
from customer.subject_requests.queries import require_officer
from kit.database import AsyncSession
from kit.errors import NotFound
from kit.identity import Caller
from kit.merging.following import be_alone
from kit.units import checked_unit

CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "name": checked_personal_name,
    "unit": checked_unit,
    "time_zone": checked_time_zone,
}
log = get_logger(__name__)


async def change_customer(
    session: AsyncSession, customer_id: UUID, wanted: Mapping[str, Any], caller: Caller
) -> Customer:
    """What is to hold, by column; the rest stays, and what holds already is no change.

    With a unit it comes first in a transaction: it waits until nobody is merged.
    """
    facts = {name: CHECKS[name](each) if name in CHECKS else each for name, each in wanted.items()}
    if "unit" in facts:
        caller.require_unit(facts["unit"])
        await require_known_unit(session, facts["unit"], caller)
        await be_alone(session)
        await hold_open_requests(session, await every_id(session, customer_id))
    customer = await customer_for_update(session, customer_id, caller)
    before = customer.unit
    if customer.describe(facts):
        announce(session, [customer])
    if customer.unit != before:
        await _take_along(session, customer)
        log.info("customer_moved", customer_id=str(customer.id), was=before, unit=customer.unit)
    return customer


async def remove_identifier(
    session: AsyncSession, customer_id: UUID, claim: Key, caller: Caller
) -> Customer:
    """The identifier is nobody's from now on; LastIdentifier where they would have none left."""
    key = as_kept(*claim)
    customer = await customer_for_update(session, customer_id, caller)
    if not customer.is_called(*key):
        raise NotFound("identifier", masked(*key))
    if customer.has_verified(*key):
        require_officer(caller)
    if len(customer.identifiers) == 1:
        raise LastIdentifier(customer.id)
    customer.forget_identifier(*key)
    await release_identifier(session, key)
    announce(session, [customer])
    log.info("identifier_removed", customer_id=str(customer.id), scheme=key[0])
    return customer


async def _take_along(session: AsyncSession, customer: Customer) -> None:
    """What waits for a decision about them is decided where they are now."""
    ids = await every_id(session, customer.id)
    await move_candidates(session, ids, customer.unit)
    await move_merges(session, customer.id, customer.unit)
    await move_open_requests(session, ids, customer.unit)
