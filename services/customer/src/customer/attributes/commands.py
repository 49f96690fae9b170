"""Declaring attributes."""

from collections.abc import Mapping

from structlog import get_logger

from customer.attributes.errors import AttributeDeclaredOtherwise
from customer.attributes.models import (
    LONGEST_TEXT,
    AttributeDefinition,
    AttributeType,
    checked_name,
    is_personal_by_itself,
    storable,
)
from customer.attributes.queries import definition_for_update, types_of
from customer.entity import table_of
from customer.sight import SIGHT
from kit.bulk import insert_new_rows
from kit.database import AsyncSession
from kit.errors import Forbidden, InvalidInput
from kit.identity import Caller
from kit.models import utcnow, uuid7

log = get_logger(__name__)


async def declare_attributes(
    session: AsyncSession,
    wanted: Mapping[str, AttributeType],
    by: str,
    description: str = "",
    personal: Mapping[str, bool] | None = None,
) -> None:
    """Declare those not yet declared; AttributeDeclaredOtherwise if one has another type.

    Whether one is `personal` its type says, where nobody does; of those declared nothing changes.
    """
    if description and not storable(description):
        raise InvalidInput("description", f"takes at most {LONGEST_TEXT} printable characters")
    now = utcnow()
    rows = [
        {
            "id": uuid7(),
            "created_at": now,
            "name": checked_name(name),
            "type": str(kind),
            "description": description,
            "declared_by": by,
            "personal": (personal or {}).get(name, is_personal_by_itself(kind)),
            "classified_by": by,
        }
        for name, kind in sorted(wanted.items())
    ]
    await insert_new_rows(session, table_of(AttributeDefinition), rows)
    await check_declared(session, wanted)


async def declare_attribute(
    session: AsyncSession,
    name: str,
    kind: AttributeType,
    caller: Caller,
    description: str = "",
    personal: bool | None = None,
) -> AttributeDefinition:
    """Declare it, or have what is said of it hold of the one there is: nothing is passed over."""
    said = {} if personal is None else {name: personal}
    await declare_attributes(session, {name: kind}, caller.subject, description, said)
    definition = await definition_for_update(session, name)
    if description and description != definition.description:
        definition.description = description
        session.add(definition)
    if personal is not None:
        await classify_attribute(session, name, personal=personal, caller=caller)
    return definition


async def classify_attribute(
    session: AsyncSession, name: str, *, personal: bool, caller: Caller
) -> AttributeDefinition:
    """Whether it is personal from now on, in all units.

    That one is not, an officer alone may say, of the unit of the whole organisation.
    """
    definition = await definition_for_update(session, name)
    if definition.personal == personal:
        return definition
    if not personal and not SIGHT.is_officer(caller):
        raise Forbidden(f"This takes the role {SIGHT.officer} with the scope {SIGHT.scope}.")
    if not personal:
        caller.require_whole_organisation()
    definition.personal = personal
    definition.classified_by = caller.subject
    session.add(definition)
    log.info("attribute_classified", attribute=name, personal=personal, by=caller.subject)
    return definition


async def check_declared(session: AsyncSession, wanted: Mapping[str, AttributeType]) -> None:
    """AttributeDeclaredOtherwise if one is declared with another type."""
    for name, declared in (await types_of(session, wanted)).items():
        if declared != wanted[name]:
            raise AttributeDeclaredOtherwise(name, declared, wanted[name])
