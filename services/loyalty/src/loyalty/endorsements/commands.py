"""Keeping to whom endorsements were shown."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert

from kit.database import AsyncSession
from loyalty.endorsements.models import EndorsementShown


async def show_endorsements(session: AsyncSession, shown: Sequence[EndorsementShown]) -> None:
    """Keep who was shown which, once for its source."""
    if shown:
        rows = [each.model_dump() for each in sorted(shown, key=lambda each: each.source_id)]
        await session.execute(insert(EndorsementShown).values(rows).on_conflict_do_nothing())
