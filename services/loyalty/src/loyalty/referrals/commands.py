"""Everything that changes referrals: told once, qualified by an order, undone with it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text

from kit.database import AsyncSession
from kit.events import record
from loyalty.referrals.errors import ReferralRefused
from loyalty.referrals.events import ReferralQualified
from loyalty.referrals.models import Referral
from loyalty.referrals.queries import leads_back, referral_of
from loyalty.value.commands import Deed, add_to_value, take_from_value
from loyalty.value.models import Component

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('referral', 0))")
HAS_ORDERED = text("""
SELECT EXISTS (SELECT FROM earning
               WHERE customer_id = :customer AND source_kind = 'order' AND cancelled_at IS NULL)
""")


class Bought(NamedTuple):
    """An order, as far as referrals and value go; worth nothing in another currency than ours."""

    order_id: UUID
    customer_id: UUID
    amount_minor: int
    worth_minor: int
    at: datetime


async def record_referral(
    session: AsyncSession, referrer: UUID, referred: UUID, by: str
) -> Referral:
    """Keep who brought whom; the same again changes nothing.

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
    referral = Referral(referrer_id=referrer, referred_id=referred, told_by=by)
    session.add(referral)
    await session.flush()
    return referral


_ORDERS = """jsonb_to_recordset(CAST(:orders AS jsonb)) AS new (order_id uuid, customer_id uuid,
  amount_minor bigint, at timestamptz)"""

# Whoever became one with a customer who had bought before is new to nobody.
QUALIFY = text(f"""
UPDATE referral SET order_id = first.order_id, qualified_at = first.at
FROM (SELECT DISTINCT ON (customer_id) * FROM {_ORDERS} WHERE amount_minor > 0
      ORDER BY customer_id, at, order_id) AS first
WHERE referral.referred_id = first.customer_id AND referral.order_id IS NULL
  AND referrer_id <> referred_id
  AND NOT EXISTS (
    SELECT FROM earning
    WHERE earning.customer_id = referral.referred_id AND source_kind = 'order'
      AND cancelled_at IS NULL AND occurred_at < referral.created_at
      AND source_id <> first.order_id)
RETURNING referral.id, referrer_id, referred_id, referral.order_id, referral.qualified_at
""")  # noqa: S608  # nothing comes from outside

BROUGHT = text("""
SELECT referred_id, referrer_id FROM referral
WHERE referred_id = ANY (:customers) AND referrer_id <> referred_id
""")

DISQUALIFY = text("""
WITH gone AS (
  SELECT id, referrer_id, qualified_at FROM referral WHERE order_id = ANY (:orders) FOR UPDATE
)
UPDATE referral SET order_id = NULL, qualified_at = NULL FROM gone WHERE referral.id = gone.id
RETURNING gone.referrer_id, gone.qualified_at
""")


async def value_orders(session: AsyncSession, orders: Sequence[Bought]) -> None:
    """Value those who bought, and those who brought them; announce whose referral qualifies."""
    if not orders:
        return
    brought = await _brought(session, orders)
    deeds = [*_deeds(orders, brought)]
    if brought:
        rows = orjson.dumps([each._asdict() for each in orders], default=str).decode()
        for row in await session.execute(QUALIFY, {"orders": rows}):
            deeds.append(Deed(row.referrer_id, Component.REFERRALS, 1, row.qualified_at))
            record(
                session,
                ReferralQualified(
                    referral_id=row.id,
                    customer_id=row.referrer_id,
                    referred_id=row.referred_id,
                    order_id=row.order_id,
                    qualified_at=row.qualified_at,
                ),
            )
    await add_to_value(session, deeds)


async def unvalue_orders(session: AsyncSession, orders: Sequence[Bought]) -> None:
    """Cancelled orders value nobody; a referral that qualified by one may qualify by the next."""
    if not orders:
        return
    deeds = [*_deeds(orders, await _brought(session, orders))]
    gone = await session.execute(DISQUALIFY, {"orders": [each.order_id for each in orders]})
    deeds += [Deed(row.referrer_id, Component.REFERRALS, 1, row.qualified_at) for row in gone]
    await take_from_value(session, deeds)


async def _brought(session: AsyncSession, orders: Iterable[Bought]) -> dict[UUID, UUID]:
    customers = list({each.customer_id for each in orders})
    rows = await session.execute(BROUGHT, {"customers": customers})
    return {row.referred_id: row.referrer_id for row in rows}


def _deeds(orders: Iterable[Bought], brought: dict[UUID, UUID]) -> Iterable[Deed]:
    for each in orders:
        yield Deed(each.customer_id, Component.SPENT, each.worth_minor, each.at)
        yield Deed(each.customer_id, Component.ORDERS, 1, each.at)
        referrer = brought.get(each.customer_id)
        if referrer is not None:
            yield Deed(referrer, Component.REFERRED_SPENT, each.worth_minor, each.at)
