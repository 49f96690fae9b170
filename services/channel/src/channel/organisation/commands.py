"""Everything that changes the organisation."""

from sqlalchemy.dialects.postgresql import insert

from channel.organisation.events import UnitRegistered
from channel.organisation.models import LEVELS, OrgUnit, parent_of
from channel.organisation.queries import require_unit
from channel.texts import checked_text
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.events import record
from kit.units import checked_unit


async def register_unit(session: AsyncSession, code: str, name: str) -> OrgUnit:
    """Put a unit into the tree, or give it another name, and tell; its parent must be there."""
    checked_unit(code, "code")
    if code.count(".") >= len(LEVELS):
        raise InvalidInput("code", f"has at most {len(LEVELS)} levels")
    name = checked_text(name, "name")
    if parent := parent_of(code):
        await require_unit(session, parent)
    unit = OrgUnit(code=code, name=name)
    statement = insert(OrgUnit).values(unit.model_dump())
    statement = statement.on_conflict_do_update(
        index_elements=["code"], set_={"name": statement.excluded.name}
    )
    registered = (await session.execute(statement.returning(OrgUnit))).scalar_one()
    record(session, UnitRegistered(code=code, name=name))
    return registered
