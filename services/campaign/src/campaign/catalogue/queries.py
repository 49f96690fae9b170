"""How products and offers are looked up."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from campaign.catalogue.models import Offer, Product
from kit.errors import NotFound
from kit.units import reaches


def products_for(unit: str) -> Select[Any]:
    return select(Product).where(reaches(Product.unit, unit))


def offers_for(unit: str) -> Select[Any]:
    return select(Offer).where(reaches(Offer.unit, unit))


async def products_by_code(
    session: AsyncSession, codes: Iterable[str], unit: str
) -> dict[str, Product]:
    rows = await session.scalars(products_for(unit).where(col(Product.code).in_(set(codes))))
    return {row.code: row for row in rows}


async def offers_by_code(
    session: AsyncSession, codes: Iterable[str], unit: str
) -> dict[str, Offer]:
    rows = await session.scalars(offers_for(unit).where(col(Offer.code).in_(set(codes))))
    return {row.code: row for row in rows}


async def offers_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Offer]:
    rows = await session.scalars(select(Offer).where(col(Offer.id).in_(set(ids))))
    return {row.id: row for row in rows}


async def all_offers_by_code(
    session: AsyncSession, codes: Sequence[str], unit: str, place: str = "offer"
) -> list[Offer]:
    """The offers of these codes in this order, or NotFound for the first that is not there."""
    found = await offers_by_code(session, codes, unit)
    for code in codes:
        if code not in found:
            raise NotFound(place, code)
    return [found[code] for code in codes]
