"""What tills do when the channel service tells how a partner stands."""

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.partners.commands import remember_standings
from loyalty.partners.models import PartnerStanding


class PartnerHeard(Heard):
    """The part of a partner's step that tills read."""

    code: str
    version: int
    to_state: str


async def keep_standing_of_partners(session: AsyncSession, events: list[PartnerHeard]) -> None:
    """A partner that is suspended is turned away at once, and let in again when it is back."""
    await remember_standings(
        session,
        [
            PartnerStanding(code=each.code, version=each.version, state=each.to_state)
            for each in events
        ],
    )
