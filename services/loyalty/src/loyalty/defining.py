"""Things with a code that a unit defines: one of each code, changed by its own unit alone."""

from datetime import datetime
from typing import TypeVar

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select

from kit.database import AsyncSession
from kit.errors import Conflict, NotFound
from kit.identity import Caller
from kit.models import utcnow
from loyalty.entity import Entity, table_of


class Defined(Entity):
    """Something that a marketer of `unit` defines under a code, until it is retired."""

    code: str
    unit: str
    retired_at: datetime | None


Thing = TypeVar("Thing", bound=Defined)


async def define(session: AsyncSession, wanted: Thing) -> Thing:
    """Define it, or change the one of this code; Conflict when the code is another unit's.

    What was retired is given again.
    """
    table, model = table_of(type(wanted)), type(wanted)
    row = wanted.model_dump()
    changed = {name: row[name] for name in row if name not in ("id", "created_at", "code", "unit")}
    await session.execute(
        insert(table)
        .values(row)
        .on_conflict_do_update(
            index_elements=["code"], set_=changed, where=table.c.unit == wanted.unit
        )
    )
    found = select(model).where(model.code == wanted.code)
    stored = (await session.exec(found.execution_options(populate_existing=True))).one()
    if stored.unit != wanted.unit:
        raise Conflict(f"The code {wanted.code} is taken by another unit; choose another code.")
    return stored


async def retire(session: AsyncSession, model: type[Thing], code: str, caller: Caller) -> Thing:
    """Nobody gets it any more; again changes nothing. NotFound without one in the caller's units."""
    wanted = select(model).where(model.code == code).with_for_update()
    found = (await session.exec(wanted)).first()
    if found is None or not caller.sees(found.unit):
        raise NotFound(str(model.__tablename__), code)
    found.retired_at = found.retired_at or utcnow()
    session.add(found)
    return found
