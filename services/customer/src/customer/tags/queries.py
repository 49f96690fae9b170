"""Looking definitions of tags up."""

from collections.abc import Sequence

from sqlmodel import col, select

from customer.tags.models import TagDefinition
from kit.database import AsyncSession
from kit.paging import Page, page


async def definition_of(
    session: AsyncSession, tag: str, *, for_update: bool = False
) -> TagDefinition | None:
    statement = select(TagDefinition).where(col(TagDefinition.tag) == tag)
    if for_update:
        statement = statement.with_for_update()
    return (await session.exec(statement)).one_or_none()


async def definitions(
    session: AsyncSession, *, first: int, after: str | None
) -> Page[TagDefinition]:
    """Every definition, also of tags that are retired: tags are shared by all units."""
    return await page(
        session, select(TagDefinition), [col(TagDefinition.id)], first=first, after=after
    )


async def computed(session: AsyncSession) -> Sequence[TagDefinition]:
    statement = select(TagDefinition).where(
        col(TagDefinition.rule).is_not(None), col(TagDefinition.retired).is_(False)
    )
    return (await session.exec(statement)).all()
