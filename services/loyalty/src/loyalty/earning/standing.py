"""Which of the things that happened still stand when they are counted."""

from collections.abc import Iterable

from kit.database import AsyncSession
from loyalty.earning.commands.screened import BOTH_SIDES
from loyalty.earning.happenings import Happening
from loyalty.referrals.queries import still_qualifying


async def standing(session: AsyncSession, happenings: Iterable[Happening]) -> list[Happening]:
    """All but the sides of referrals that count no longer; the others do until the end."""
    known = list(happenings)
    referrals = {each.source_id for each in known if each.event in BOTH_SIDES}
    if not referrals:
        return known
    left = await still_qualifying(session, referrals)
    return [each for each in known if each.event not in BOTH_SIDES or each.source_id in left]
