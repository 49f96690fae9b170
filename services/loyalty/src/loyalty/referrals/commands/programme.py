"""Setting the terms on which referrals qualify."""

from sqlalchemy import text
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict
from loyalty.referrals.models import ReferralProgramme
from loyalty.referrals.queries import programme_in_force

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('referral_programme', 0))")
log = get_logger(__name__)


async def set_programme(
    session: AsyncSession, wanted: ReferralProgramme, *, instead_of: int
) -> ReferralProgramme:
    """A new version is in force for what is told from now on.

    The same terms again change nothing; Conflict when another version is in force by now.
    """
    await session.execute(ONE_AT_A_TIME)
    present = await programme_in_force(session)
    if _terms(present) == _terms(wanted):
        return present
    if present.version != instead_of:
        raise Conflict(f"Version {present.version} is in force by now; look at it first.")
    wanted.version = present.version + 1
    session.add(wanted)
    await session.flush()
    log.info("referral_programme_set", version=wanted.version)
    return wanted


def _terms(programme: ReferralProgramme) -> dict[str, object]:
    return programme.model_dump(exclude={"version", "set_by", "set_at"})
