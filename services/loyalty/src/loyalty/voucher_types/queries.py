"""How voucher types are looked up, and what has become of their vouchers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.paging import Page, page
from kit.units import lies_below, reaches
from loyalty.voucher_types.models import VoucherType, VoucherTypeState

FIGURES: Final = text(
    """
SELECT type_id, sum(made)::bigint AS made, sum(issued)::bigint AS issued,
  sum(redeemed)::bigint AS redeemed, sum(returned)::bigint AS returned,
  sum(expired)::bigint AS expired, sum(outstanding)::bigint AS outstanding,
  sum(discount_minor)::bigint AS discount_minor
FROM (
  SELECT type_id, made, issued, redeemed, returned, expired, outstanding, discount_minor
  FROM voucher_figure WHERE type_id = ANY (:types)
  UNION ALL
  SELECT type_id, made, issued, redeemed, returned, expired, outstanding, discount_minor
  FROM voucher_movement WHERE type_id = ANY (:types)) AS counted
GROUP BY type_id
""".replace("::", r"\:\:")
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What has become of a type's vouchers."""

    made: int = 0
    issued: int = 0
    redeemed: int = 0
    returned: int = 0
    expired: int = 0
    outstanding: int = 0
    discount_minor: int = 0


async def types_by_code(session: AsyncSession, codes: Iterable[str]) -> dict[str, VoucherType]:
    wanted = select(VoucherType).where(col(VoucherType.code).in_(sorted(set(codes))))
    return {each.code: each for each in (await session.exec(wanted)).all()}


async def types_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, VoucherType]:
    wanted = select(VoucherType).where(col(VoucherType.id).in_(sorted(set(ids))))
    return {each.id: each for each in (await session.exec(wanted)).all()}


async def types_by_single_code(
    session: AsyncSession, codes: Iterable[str]
) -> dict[str, VoucherType]:
    """By the public code that many use."""
    wanted = select(VoucherType).where(col(VoucherType.single_code).in_(sorted(set(codes))))
    return {each.single_code or "": each for each in (await session.exec(wanted)).all()}


async def type_seen(session: AsyncSession, code: str, unit: str) -> VoucherType | None:
    """The type; None when there is none in the unit's subtree."""
    found = (await types_by_code(session, [code])).get(code)
    return found if found is not None and lies_below(found.unit, unit) else None


async def type_reaching(session: AsyncSession, code: str, unit: str) -> VoucherType | None:
    """The type; None when it is good nowhere in the unit's subtree."""
    wanted = select(VoucherType).where(
        VoucherType.code == code, reaches(col(VoucherType.unit), unit)
    )
    return (await session.exec(wanted)).first()


async def type_to_change(session: AsyncSession, code: str, unit: str) -> VoucherType:
    """The same, and nobody else changes it before this transaction ends."""
    wanted = select(VoucherType).where(VoucherType.code == code).with_for_update(key_share=True)
    found = (await session.exec(wanted)).first()
    if found is None or not lies_below(found.unit, unit):
        raise NotFound("voucher type", code)
    return found


async def voucher_types(
    session: AsyncSession, unit: str, state: VoucherTypeState | None, first: int, after: str | None
) -> Page[VoucherType]:
    """Those that are good in the unit's subtree, the newest first."""
    wanted = select(VoucherType).where(reaches(col(VoucherType.unit), unit))
    if state is not None:
        wanted = wanted.where(VoucherType.state == state)
    return await page(session, wanted, [VoucherType.id], first=first, after=after)


async def figures(session: AsyncSession, types: Iterable[UUID]) -> dict[UUID, Figures]:
    """Up to this moment: what is folded, and what is not yet."""
    rows = await session.execute(FIGURES, {"types": list(types)})
    return {row.type_id: Figures(*row[1:]) for row in rows}


async def taken(session: AsyncSession, types: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """How often each type with a limit was taken, and the limit."""
    rows = await session.execute(TAKEN, {"types": list(types)})
    return {row.type_id: (row.taken, row.most) for row in rows}


TAKEN: Final = text("SELECT type_id, taken, most FROM voucher_taken WHERE type_id = ANY (:types)")
