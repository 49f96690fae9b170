"""Taking back what both sides of a referral earned that counts no longer."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.accounts.commands import hold_accounts, open_accounts
from loyalty.earning.commands.screened import BOTH_SIDES
from loyalty.earning.commands.taking_back import Reason, TakenBack, take_back_given
from loyalty.earning.models import Earning

DISQUALIFIED: Final = Reason("disqualified", "referral counts no longer")
END: Final = text("""
UPDATE earning SET cancelled_at = :now
WHERE source_kind IN ('referral', 'referred') AND source_id = ANY (:orders)
  AND cancelled_at IS NULL
RETURNING earning.*
""").bindparams(bindparam("orders", type_=ARRAY(Uuid)))


async def take_back_referrals(session: AsyncSession, orders: Collection[UUID]) -> None:
    """Take back what was earned for referrals that these orders had qualified, once."""
    sides = select(Earning.customer_id).where(
        col(Earning.source_kind).in_(BOTH_SIDES), col(Earning.source_id).in_(orders)
    )
    await hold_accounts(session, (await session.scalars(sides)).all())
    now = utcnow()
    ended = select(Earning).from_statement(END)
    asked = {"orders": sorted(orders), "now": now}
    given = [each for each in await session.scalars(ended, asked) if each.points]
    accounts = await open_accounts(session, (each.customer_id for each in given))
    await take_back_given(session, [TakenBack(each, now) for each in given], accounts, DISQUALIFIED)
