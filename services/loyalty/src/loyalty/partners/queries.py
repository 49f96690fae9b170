"""On whose behalf a caller acts, and whether they may."""

from typing import Final

from sqlalchemy import bindparam, select
from sqlmodel import col
from structlog import get_logger

from kit.database import Database
from kit.errors import Forbidden
from kit.identity import Caller
from kit.rows import Rows
from loyalty.partners.models import ACTIVE, PartnerStanding

log = get_logger(__name__)
_standing: Final = Rows(
    select(col(PartnerStanding.state)).where(col(PartnerStanding.code) == bindparam("code"))
)


def claimed_partner(caller: Caller) -> str | None:
    """The partner a caller with the role partner acts for; None for members and our own people."""
    if "partner" not in caller.roles:
        return None
    code = caller.claims.get("partner")
    if not isinstance(code, str) or not code:
        raise Forbidden("The token names no partner.")
    return code


async def require_active_partner(db: Database, caller: Caller) -> None:
    """Forbidden for a partner's system while the partner may not act, whatever its token says.

    Of whom nothing was told yet the token is believed.
    """
    code = claimed_partner(caller)
    if code is None:
        return
    state = next((row.state for row in await _standing.all(db, code=code)), ACTIVE)
    if state != ACTIVE:
        log.warning("partner_turned_away", partner=code, state=state)
        raise Forbidden(f"The partner {code} is {state}; it acts only while active.")
