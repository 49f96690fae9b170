"""Looking up how far rules are."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from customer.rules.models import Reckoning
from kit.database import AsyncSession


async def latest_reckonings(
    session: AsyncSession, rule_ids: Iterable[UUID]
) -> dict[UUID, Reckoning]:
    """By rule: its reckoning begun last."""
    statement = (
        select(Reckoning)
        .ext(distinct_on(col(Reckoning.rule_id)))
        .where(col(Reckoning.rule_id).in_(list(rule_ids)))
        .order_by(col(Reckoning.rule_id), col(Reckoning.rule_version).desc())
    )
    return {each.rule_id: each for each in (await session.exec(statement)).all()}
