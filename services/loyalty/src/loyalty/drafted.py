"""Things with a code that somebody drafts, and somebody else opens to the members of a unit."""

from collections.abc import Iterable
from typing import Final, TypeVar

from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.paging import Page, page
from kit.units import below
from loyalty.entity import Entity

DRAFT: Final = "draft"
FUNDING: Final = "funding"
OPEN: Final = "open"
PREPARED: Final = (DRAFT, FUNDING)
"""In these nobody knows of it yet but those who make it."""


class Drafted(Entity):
    """Nobody takes part in a draft, or in what is over."""

    code: str
    unit: str
    state: str


Thing = TypeVar("Thing", bound=Drafted)


def kind_of(model: type[Drafted]) -> str:
    """What it is called."""
    return str(model.__tablename__).replace("_", " ")


async def known_as(session: AsyncSession, model: type[Thing], code: str) -> Thing | None:
    return (await session.exec(select(model).where(model.code == code))).first()


async def by_code(session: AsyncSession, model: type[Thing], code: str) -> Thing:
    """The one of this code, or NotFound."""
    found = await known_as(session, model, code)
    if found is None:
        raise NotFound(kind_of(model), code)
    return found


async def to_draft(session: AsyncSession, model: type[Thing], code: str) -> Thing | None:
    """The one of this code if there is one, which nobody else changes in the meantime."""
    wanted = select(model).where(model.code == code).with_for_update(key_share=True)
    return (await session.exec(wanted.execution_options(populate_existing=True))).first()


async def to_change(session: AsyncSession, model: type[Thing], code: str) -> Thing:
    """The same, or NotFound."""
    found = await to_draft(session, model, code)
    if found is None:
        raise NotFound(kind_of(model), code)
    return found


async def to_take_part(
    session: AsyncSession, model: type[Thing], codes: Iterable[str]
) -> dict[str, Thing]:
    """Those of these codes; open ones are held until the end."""
    found = (await session.exec(select(model).where(col(model.code).in_(set(codes))))).all()
    if open_ := [each.id for each in found if each.state == OPEN]:
        held = select(model).where(col(model.id).in_(open_)).order_by(col(model.id))
        held = held.with_for_update(key_share=True).execution_options(populate_existing=True)
        await session.exec(held)
    return {each.code: each for each in found}


async def of_unit(
    session: AsyncSession,
    model: type[Thing],
    unit: str,
    state: str | None,
    first: int,
    after: str | None,
) -> Page[Thing]:
    """Of a unit's subtree, newest first."""
    wanted = select(model).where(below(model.unit, unit))
    if state is not None:
        wanted = wanted.where(model.state == state)
    return await page(session, wanted, [model.id], first=first, after=after)
