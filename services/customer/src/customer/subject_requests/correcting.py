"""Putting right what is wrong about a customer."""

from pydantic import BaseModel

from customer.attributes import models as attributes
from customer.attributes.queries import types_of
from customer.identifiers.commands import release_identifier
from customer.identifiers.queries import Key
from customer.profiles.commands import (
    announce,
    checked_identifier,
    checked_personal_name,
    claim_identifiers,
)
from customer.profiles.models import Customer
from kit.database import AsyncSession
from kit.errors import InvalidInput


class Replaced(BaseModel):
    """An identifier that is wrong, and the one that is right."""

    scheme: str
    wrong: str
    right: str


class Correction(BaseModel):
    """What is to hold instead; what is left out stays."""

    name: str | None = None
    attributes: dict[str, str | None] = {}
    identifiers: list[Replaced] = []


async def require_possible(
    session: AsyncSession, customer: Customer, correction: Correction
) -> None:
    """InvalidInput for what nobody could approve: it says nothing, or of something that is not."""
    if correction == Correction():
        raise InvalidInput("correction", "says what is wrong")
    if correction.name is not None:
        checked_personal_name(correction.name, "correction.name")
    declared = await types_of(session, correction.attributes)
    attributes.read_all(declared, correction.attributes, "correction.attributes")
    for place, each in enumerate(correction.identifiers):
        _keys(customer, each, f"correction.identifiers.{place}")


async def correct(session: AsyncSession, customer: Customer, correction: Correction) -> None:
    """Correct all of it or nothing; InvalidInput names what can't be so, IdentifierTaken whose."""
    changed = False
    declared = await types_of(session, correction.attributes)
    if correction.name is not None:
        name = checked_personal_name(correction.name, "correction.name")
        changed = customer.describe({"name": name})
    known = attributes.read_all(declared, correction.attributes, "correction.attributes")
    changed |= customer.put_attributes(known)
    for place, each in enumerate(correction.identifiers):
        await _replace(session, customer, each, f"correction.identifiers.{place}")
        changed = True
    if changed:
        session.add(customer)
        announce(session, [customer])


async def _replace(
    session: AsyncSession, customer: Customer, replaced: Replaced, field: str
) -> None:
    wrong, right = _keys(customer, replaced, field)
    if wrong == right:
        return
    if not customer.is_called(*right):
        added = {"scheme": right[0], "value": right[1]}
        await claim_identifiers(session, [(customer, [added])])
    customer.forget_identifier(*wrong)
    customer.identify(*right)
    await release_identifier(session, wrong)


def _keys(customer: Customer, replaced: Replaced, field: str) -> tuple[Key, Key]:
    """The wrong one and the right one, as they are compared; or InvalidInput."""
    wrong = checked_identifier(replaced.scheme, replaced.wrong, field, "wrong")
    right = checked_identifier(replaced.scheme, replaced.right, field, "right")
    if not customer.is_called(*wrong):
        raise InvalidInput(f"{field}.wrong", "is no identifier of theirs")
    return wrong, right
