"""Everything that changes what is known of partners."""

from collections.abc import Iterable

from sqlalchemy.dialects.postgresql import insert

from kit.database import AsyncSession
from loyalty.partners.models import PartnerStanding


async def remember_standings(session: AsyncSession, told: Iterable[PartnerStanding]) -> None:
    """Keep how each partner stands now, whatever comes late."""
    newest = {each.code: each for each in sorted(told, key=lambda each: each.version)}
    rows = [newest[code].model_dump() for code in sorted(newest)]
    wanted = insert(PartnerStanding).values(rows)
    await session.execute(
        wanted.on_conflict_do_update(
            index_elements=["code"],
            set_={name: wanted.excluded[name] for name in ("version", "state")},
            where=wanted.excluded.version > PartnerStanding.version,
        )
    )
