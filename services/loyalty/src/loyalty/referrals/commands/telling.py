"""Keeping who brought whom."""

from uuid import UUID

from sqlalchemy import text

from kit.database import AsyncSession
from loyalty.referrals.errors import ReferralRefused
from loyalty.referrals.models import Referral
from loyalty.referrals.queries import leads_back, programme_in_force, referral_of

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('referral', 0))")
HAS_ORDERED = text("""
SELECT EXISTS (SELECT FROM earning
               WHERE customer_id = :customer AND source_kind = 'order' AND cancelled_at IS NULL)
""")


async def record_referral(
    session: AsyncSession, referrer: UUID, referred: UUID, by: str, code: str | None = None
) -> Referral:
    """Keep who brought whom, on the terms of today; the same again changes nothing.

    Raises ReferralRefused: for oneself, for who was brought by somebody else, in a circle, and for
    who has bought before.
    """
    if referrer == referred:
        raise ReferralRefused("self_referral", "Nobody refers themselves.")
    await session.execute(ONE_AT_A_TIME)
    known = await referral_of(session, referred)
    if known is not None:
        if known.referrer_id == referrer:
            return known
        raise ReferralRefused("already_referred", "Somebody else has referred this customer.")
    if await leads_back(session, referrer, referred):
        raise ReferralRefused("circle", "The referrer was themselves brought by this customer.")
    if (await session.execute(HAS_ORDERED, {"customer": referred})).scalar_one():
        raise ReferralRefused("customer_already", "This customer has bought before.")
    terms = await programme_in_force(session)
    referral = Referral(
        referrer_id=referrer,
        referred_id=referred,
        told_by=by,
        code=code,
        programme_version=terms.version,
    )
    session.add(referral)
    await session.flush()
    return referral
