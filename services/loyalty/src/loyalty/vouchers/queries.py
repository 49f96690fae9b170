"""How vouchers are looked up."""

from collections.abc import Iterable
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, select

from kit.database import AsyncSession
from loyalty.vouchers.models import Voucher

Source: TypeAlias = tuple[str, UUID]


async def vouchers_by_source(
    session: AsyncSession, sources: Iterable[Source]
) -> dict[Source, Voucher]:
    """What each source has given, as it is in the database."""
    asked = sorted(set(sources))
    if not asked:
        return {}
    wanted = select(Voucher).where(
        tuple_(col(Voucher.source_kind), col(Voucher.source_id)).in_(asked)
    )
    rows = await session.exec(wanted.execution_options(populate_existing=True))
    return {(each.source_kind or "", each.source_id or each.id): each for each in rows.all()}
