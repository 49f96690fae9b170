"""What is kept of files goes: refused lines after a month, what became of a file after a year."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from channel.imports.models import ImportRejection, ImportState, PurchaseImport, import_customer
from channel.imports.trying import forget_tried
from kit.database import AsyncSession
from kit.models import utcnow

REJECTIONS_KEPT: Final = timedelta(days=30)
IMPORTS_KEPT: Final = timedelta(days=366)
TRIED_KEPT: Final = timedelta(days=1)
"""Of a dry run that was never completed."""
AT_ONCE: Final = 20_000
FILES_AT_ONCE: Final = 20


async def forget_imports(session: AsyncSession) -> None:
    """A bounded number at a time; the next turn goes on."""
    now = utcnow()
    refused = (
        select(ImportRejection.id)
        .where(col(ImportRejection.created_at) < now - REJECTIONS_KEPT)
        .limit(AT_ONCE)
    )
    await session.execute(delete(ImportRejection).where(col(ImportRejection.id).in_(refused)))
    left = select(PurchaseImport.id).where(
        col(PurchaseImport.dry_run), col(PurchaseImport.created_at) < now - TRIED_KEPT
    )
    await forget_tried(session, (await session.exec(left)).all())
    old = (
        select(PurchaseImport.id)
        .where(col(PurchaseImport.created_at) < now - IMPORTS_KEPT)
        .order_by(col(PurchaseImport.id))
        .limit(FILES_AT_ONCE)
    )
    await _forget(session, (await session.exec(old.with_for_update(skip_locked=True))).all())


async def forget_dry_run(session: AsyncSession, digest: str, mapping_digest: str) -> None:
    """One that is complete says how things were then; it is made anew."""
    complete = select(PurchaseImport.id).where(
        col(PurchaseImport.dry_run),
        PurchaseImport.digest == digest,
        PurchaseImport.mapping_digest == mapping_digest,
        PurchaseImport.state == ImportState.COMPLETE,
    )
    await _forget(session, (await session.exec(complete.with_for_update())).all())


async def _forget(session: AsyncSession, ids: Sequence[UUID]) -> None:
    await forget_tried(session, ids)
    await session.execute(delete(import_customer).where(import_customer.c.import_id.in_(ids)))
    await session.execute(delete(ImportRejection).where(col(ImportRejection.import_id).in_(ids)))
    await session.execute(delete(PurchaseImport).where(col(PurchaseImport.id).in_(ids)))
