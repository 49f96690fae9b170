"""Looking imports up."""

from uuid import UUID

from sqlmodel import col, select

from channel.imports.models import ImportRejection, PurchaseImport
from kit.database import AsyncSession
from kit.errors import NotFound
from kit.paging import Page, page
from kit.units import below


async def import_by_id(
    session: AsyncSession, import_id: UUID, *, seen_from: str, for_update: bool = False
) -> PurchaseImport:
    statement = select(PurchaseImport).where(
        PurchaseImport.id == import_id, below(col(PurchaseImport.unit), seen_from)
    )
    if for_update:
        statement = statement.with_for_update()
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotFound("import", import_id)
    return found


async def rejections_of(
    session: AsyncSession, import_id: UUID, *, first: int, after: str | None
) -> Page[ImportRejection]:
    statement = select(ImportRejection).where(ImportRejection.import_id == import_id)
    return await page(
        session,
        statement,
        [ImportRejection.line],
        first=first,
        after=after,
        newest_first=False,
        most=1_000,
    )
