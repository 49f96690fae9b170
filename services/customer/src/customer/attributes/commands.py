"""Declaring attributes."""

from collections.abc import Mapping

from customer.attributes.errors import AttributeDeclaredOtherwise
from customer.attributes.models import (
    LONGEST_TEXT,
    AttributeDefinition,
    AttributeType,
    checked_name,
    storable,
)
from customer.attributes.queries import types_of
from customer.entity import table_of
from kit.bulk import insert_new_rows
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.models import utcnow, uuid7


async def declare_attributes(
    session: AsyncSession, wanted: Mapping[str, AttributeType], by: str, description: str = ""
) -> None:
    """Declare those not yet declared; AttributeDeclaredOtherwise if one has another type."""
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
        }
        for name, kind in sorted(wanted.items())
    ]
    await insert_new_rows(session, table_of(AttributeDefinition), rows)
    await check_declared(session, wanted)


async def check_declared(session: AsyncSession, wanted: Mapping[str, AttributeType]) -> None:
    """AttributeDeclaredOtherwise if one is declared with another type."""
    for name, declared in (await types_of(session, wanted)).items():
        if declared != wanted[name]:
            raise AttributeDeclaredOtherwise(name, declared, wanted[name])
