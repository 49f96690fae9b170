"""Looking imports up."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from customer.imports.models import CustomerImport, ImportRejection
from customer.sight import SIGHT
from kit.database import AsyncSession
from kit.errors import NotFound
from kit.identity import Caller


async def import_by_id(
    session: AsyncSession, import_id: UUID, caller: Caller, *, for_update: bool = False
) -> CustomerImport:
    """The import; NotFound when there is none in the caller's units."""
    statement = select(CustomerImport).where(col(CustomerImport.id) == import_id)
    if for_update:
        statement = statement.with_for_update()
    found = (await session.exec(statement)).first()
    if found is None or not caller.sees(found.unit):
        raise NotFound("import", import_id)
    return found


def is_shown_whole(found: CustomerImport, caller: Caller) -> bool:
    """Whoever began it has the file; of what is in it others see what they see of customers."""
    return found.started_by == caller.subject or SIGHT.is_whole(caller)


async def rejections(
    session: AsyncSession, import_id: UUID, *, after: int, first: int
) -> Sequence[ImportRejection]:
    """Refused lines after a line, in order."""
    statement = (
        select(ImportRejection)
        .where(col(ImportRejection.import_id) == import_id, col(ImportRejection.line) > after)
        .order_by(col(ImportRejection.line))
        .limit(first)
    )
    return (await session.exec(statement)).all()
