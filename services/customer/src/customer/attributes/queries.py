"""Looking attributes up."""

from collections.abc import Iterable, Sequence

from sqlmodel import col, select

from customer.attributes.models import NAME, AttributeDefinition, AttributeType
from kit.database import AsyncSession
from kit.errors import NotFound


async def definitions(session: AsyncSession) -> Sequence[AttributeDefinition]:
    return (
        await session.exec(select(AttributeDefinition).order_by(col(AttributeDefinition.name)))
    ).all()


async def definition_for_update(session: AsyncSession, name: str) -> AttributeDefinition:
    """The definition, locked; NotFound when there is none."""
    wanted = select(AttributeDefinition).where(col(AttributeDefinition.name) == name)
    found = (await session.exec(wanted.with_for_update())).first() if NAME.fullmatch(name) else None
    if found is None:
        raise NotFound("attribute", name)
    return found


async def personal_among(session: AsyncSession, names: Iterable[str]) -> set[str]:
    """Those that are personal."""
    statement = select(AttributeDefinition.name).where(
        AttributeDefinition.personal, col(AttributeDefinition.name).in_(sorted(set(names)))
    )
    return set((await session.exec(statement)).all())


async def types_of(session: AsyncSession, names: Iterable[str]) -> dict[str, AttributeType]:
    """The declared ones among `names`, with their types."""
    statement = select(AttributeDefinition.name, AttributeDefinition.type).where(
        col(AttributeDefinition.name).in_(sorted(filter(NAME.fullmatch, set(names))))
    )
    return {name: AttributeType(kind) for name, kind in (await session.exec(statement)).all()}
