"""Giving identifiers to customers: who is known by one already may be the same person."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from customer.identifiers.errors import IdentifierTaken
from customer.identifiers.queries import Key, owners, survivors
from customer.merge_candidates.commands import Suspicion, candidate_of, suspect
from customer.merge_candidates.models import CandidateState, MergeCandidate
from customer.merge_candidates.queries import open_candidate_for_update
from customer.merging.commands import Wanted, merge_customers
from customer.merging.models import CustomerMerge, MergeRule
from customer.merging.queries import locked_by_id, were_taken_apart
from customer.organisation.queries import require_known_unit
from customer.profiles import commands as profiles
from customer.profiles.facts import KnownFacts
from customer.profiles.models import Customer
from customer.profiles.queries import customer_for_update, may_see
from kit.database import AsyncSession
from kit.errors import Conflict, InvalidInput
from kit.identity import Caller
from kit.merging.following import be_alone

CLAIMED: Final = "{scheme} of one was claimed for the other{how}"


@dataclass(slots=True)
class Recognised:
    """The customer, and what was found out about who they are."""

    customer: KnownFacts
    merge: CustomerMerge | None = None
    candidates: list[MergeCandidate] = field(default_factory=list)


async def register_customer(
    session: AsyncSession, new: profiles.NewCustomer, caller: Caller
) -> Recognised:
    """Somebody new, unless an identifier says that we know them.

    An identifier that was checked for both makes them one; any other that is taken is left to its
    owner, and a person decides. IdentifierTaken when nothing is left to know them by.
    """
    keys = profiles.checked_identifiers(new)
    await require_known_unit(session, new.unit, caller)
    taken = await owners(session, keys)
    if not taken:
        return Recognised(await profiles.register_customer(session, new))
    free = [place for place, key in enumerate(keys) if key not in taken]
    if not free:
        owner_id = taken[keys[0]]
        owner = await session.get(Customer, owner_id)
        seen = owner is not None and may_see(caller, owner)
        raise IdentifierTaken(keys[0][0], owner_id if seen else None)
    await be_alone(session)
    told = replace(
        new,
        identifiers=[keys[place] for place in free],
        verified=[free.index(place) for place in new.verified if place in free],
    )
    found = Recognised(await profiles.register_customer(session, told))
    for place, key in enumerate(keys):
        if key in taken:
            await _claim(session, found, key, caller, verified=place in new.verified)
    return found


async def add_identifier(
    session: AsyncSession, customer_id: UUID, claim: Key, caller: Caller, *, verified: bool
) -> Recognised:
    """One more identifier for a customer, or what follows from its being somebody else's."""
    key = profiles.checked_identifier(*claim, "identifier")
    meant = (await survivors(session, [customer_id])).get(customer_id, customer_id)
    owner = (await owners(session, [key])).get(key)
    if owner in (None, meant):
        customer = await profiles.add_identifier(session, meant, key, caller, verified=verified)
        return Recognised(customer)
    await be_alone(session)
    found = Recognised(await customer_for_update(session, meant, caller))
    await _claim(session, found, key, caller, verified=verified)
    return found


async def accept_candidate(
    session: AsyncSession, candidate_id: UUID, survivor_id: UUID | None, reason: str, caller: Caller
) -> tuple[CustomerMerge, Customer]:
    """They are one: merge them, into `survivor_id` or else into whom we have known longer."""
    await be_alone(session)
    candidate = await open_candidate_for_update(session, candidate_id, caller)
    ids = [candidate.one_id, candidate.other_id]
    known_by = await survivors(session, ids)
    pair = {known_by.get(each, each) for each in ids}
    if len(pair) == 1:
        raise Conflict("The two are one customer already.")
    if survivor_id is not None and survivor_id not in pair:
        raise InvalidInput("survivorId", "is not one of the two")
    both = await locked_by_id(session, sorted(pair))
    older, newer = _by_age(list(both.values()))
    survivor = survivor_id or older.id
    absorbed = newer.id if survivor == older.id else older.id
    wanted = Wanted(survivor, absorbed, MergeRule.CANDIDATE, reason)
    return await merge_customers(session, wanted, caller)


async def _claim(
    session: AsyncSession, found: Recognised, key: Key, caller: Caller, *, verified: bool
) -> None:
    """Somebody says that the identifier is theirs, and it is somebody else's here.

    IdentifierTaken when its owner gave it up meanwhile: whoever looks again finds it free.
    """
    owner_id = (await owners(session, [key])).get(key)
    if owner_id == found.customer.id:
        return
    both = await locked_by_id(session, [e for e in (found.customer.id, owner_id) if e])
    if owner_id not in both or not both[owner_id].is_called(*key):
        raise IdentifierTaken(key[0])
    owner, claimant = both[owner_id], both[found.customer.id]
    checked = verified and owner.has_verified(*key)
    if checked and await _may_be_one(session, owner, claimant, caller):
        survivor, absorbed = _by_age([owner, claimant])
        wanted = Wanted(
            survivor.id,
            absorbed.id,
            MergeRule.VERIFIED_IDENTIFIER,
            f"The same {key[0]} was checked for both.",
        )
        found.merge, found.customer = await merge_customers(session, wanted, caller)
        return
    how = ", checked for both" if checked else ", checked" if verified else ""
    why = CLAIMED.format(scheme=key[0], how=how)
    suspicion = Suspicion(claimant.id, claimant.unit, owner.id, owner.unit, key[0], why)
    await suspect(session, [suspicion])
    candidate = await candidate_of(session, claimant.id, owner.id)
    if candidate is not None:
        found.candidates.append(candidate)


async def _may_be_one(
    session: AsyncSession, owner: Customer, claimant: Customer, caller: Caller
) -> bool:
    """Whether nobody has to be asked: no person has said that they are two."""
    if owner.kind != claimant.kind or not may_see(caller, owner):
        return False
    if await were_taken_apart(session, owner.id, claimant.id):
        return False
    asked = await candidate_of(session, owner.id, claimant.id)
    return asked is None or asked.state != CandidateState.DISMISSED


def _by_age(both: Sequence[Customer]) -> tuple[Customer, Customer]:
    older, newer = sorted(both, key=lambda each: (each.created_at, each.id))
    return older, newer
