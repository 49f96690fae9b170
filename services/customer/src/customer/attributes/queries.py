"""Looking attributes up."""

from collections.abc import Iterable, Sequence

from sqlmodel import col, select

from customer.attributes.models import NAME, AttributeDefinition, AttributeType
from kit.database import AsyncSession


async def definitions(session: AsyncSession) -> Sequence[AttributeDefinition]:
    return (
        await session.exec(select(AttributeDefinition).order_by(col(AttributeDefinition.name)))
    ).all()


async def types_of(session: AsyncSession, names: Iterable[str]) -> dict[str, AttributeType]:
    """The declared ones among `names`, with their types."""
    statement = select(AttributeDefinition.name, AttributeDefinition.type).where(
        col(AttributeDefinition.name).in_(sorted(filter(NAME.fullmatch, set(names))))
    )
    return {name: AttributeType(kind) for name, kind in (await session.exec(statement)).all()}
