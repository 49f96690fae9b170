"""Everything that changes the catalogue."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from campaign.catalogue import queries
from campaign.catalogue.errors import OfferIsFrozen
from campaign.catalogue.models import Offer, Product
from campaign.entity import table_of
from campaign.facts.commands import renew_plans
from kit.errors import Conflict, NotFound
from kit.models import utcnow


async def define_product(session: AsyncSession, product: Product) -> Product:
    """Define a product, or change the one of this code; the code stays with its unit."""
    row = product.model_dump()
    changed = {name: row[name] for name in row if name not in ("id", "created_at", "code", "unit")}
    table = table_of(Product)
    statement = insert(table).values(row)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["code"], set_=changed, where=table.c.unit == product.unit
        )
    )
    stored = (await session.scalars(select(Product).where(Product.code == product.code))).one()
    _refuse_another_unit(stored, product.unit, f"product {product.code}")
    await renew_plans(session)
    return stored


async def define_offer(session: AsyncSession, offer: Offer) -> Offer:
    """Define an offer, or change the one of this code while no campaign was submitted with it."""
    known = await queries.products_by_code(session, offer.products, offer.unit)
    for code in offer.products:
        if code not in known:
            raise NotFound("product", code)
    created = await session.execute(
        insert(table_of(Offer)).values(offer.model_dump()).on_conflict_do_nothing()
    )
    stored = (
        await session.scalars(select(Offer).where(Offer.code == offer.code).with_for_update())
    ).one()
    if not created.rowcount:  # type: ignore[attr-defined]
        _redefine(stored, offer)
        session.add(stored)
    await renew_plans(session)
    return stored


def _redefine(stored: Offer, offer: Offer) -> None:
    _refuse_another_unit(stored, offer.unit, f"offer {offer.code}")
    if stored.terms() == offer.terms():
        return
    if stored.frozen_at is not None:
        raise OfferIsFrozen(offer.code)
    for name, value in offer.terms().items():
        setattr(stored, name, value)


async def freeze_offers(session: AsyncSession, ids: Iterable[UUID]) -> None:
    """From now on the terms stand."""
    await session.execute(
        update(Offer)
        .where(col(Offer.id).in_(sorted(ids)), col(Offer.frozen_at).is_(None))
        .values(frozen_at=utcnow())
    )


def _refuse_another_unit(stored: Product | Offer, unit: str, what: str) -> None:
    if stored.unit != unit:
        raise Conflict(f"The code of the {what} is taken by another unit; choose another code.")
