"""What orders make of referrals: they qualify by one, and no longer when it is cancelled."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Uuid, bindparam, text

from kit.database import AsyncSession
from kit.events import record
from loyalty.referrals.events import ReferralDisqualified, ReferralQualified
from loyalty.referrals.models import Referral
from loyalty.value.commands import Deed, add_to_value, take_from_value
from loyalty.value.models import Component


class Bought(NamedTuple):
    """An order, as far as referrals and value go; worth nothing in another currency than ours."""

    order_id: UUID
    customer_id: UUID
    amount_minor: int
    worth_minor: int
    at: datetime


_ORDERS = """jsonb_to_recordset(CAST(:orders AS jsonb)) AS new (order_id uuid, customer_id uuid,
  amount_minor bigint, worth_minor bigint, at timestamptz)"""
ORDER_CANCELLED, SAME_CUSTOMER = "order_cancelled", "same_customer"

# Whoever became one with a customer who had bought before is new to nobody.
QUALIFY = text(f"""
WITH enough AS (
  SELECT DISTINCT ON (referral.id) referral.id, referral.referrer_id, new.order_id, new.at,
    programme.most_per_month, date_trunc('month', new.at AT TIME ZONE 'UTC') AS month
  FROM {_ORDERS}
  JOIN referral ON referral.referred_id = new.customer_id
  JOIN referral_programme AS programme ON programme.version = referral.programme_version
  WHERE new.amount_minor > 0 AND new.worth_minor >= programme.lowest_order_minor
    AND new.at <= referral.created_at + make_interval(days => programme.within_days)
    AND referral.order_id IS NULL AND referrer_id <> referred_id
    AND NOT EXISTS (
      SELECT FROM earning
      WHERE earning.customer_id = referral.referred_id AND source_kind = 'order'
        AND cancelled_at IS NULL AND occurred_at < referral.created_at
        AND source_id <> new.order_id)
  ORDER BY referral.id, new.at, new.order_id
), counted AS (
  SELECT enough.*,
    row_number() OVER (PARTITION BY referrer_id, month ORDER BY at, order_id) + (
      SELECT count(*) FROM referral AS earlier
      WHERE earlier.referrer_id = enough.referrer_id
        AND date_trunc('month', earlier.qualified_at AT TIME ZONE 'UTC') = enough.month) AS place
  FROM enough
)
UPDATE referral SET order_id = counted.order_id, qualified_at = counted.at
FROM counted
WHERE referral.id = counted.id AND (most_per_month IS NULL OR place <= most_per_month)
RETURNING referral.id, referral.referrer_id, referred_id, referral.order_id, referral.qualified_at
""")  # noqa: S608  # nothing comes from outside

HOLD = text("""
SELECT pg_advisory_xact_lock(key) FROM (
  SELECT DISTINCT hashtextextended('referrer:' || referrer, 0) AS key
  FROM unnest(:referrers) AS referrer ORDER BY key
) AS each
""").bindparams(bindparam("referrers", type_=ARRAY(Uuid)))

BROUGHT = text("""
SELECT referred_id, referrer_id FROM referral
WHERE referred_id = ANY (:customers) AND referrer_id <> referred_id
""")

DISQUALIFY = text("""
UPDATE referral SET order_id = NULL, qualified_at = NULL
FROM (SELECT id FROM referral WHERE order_id = ANY (:orders) ORDER BY id FOR UPDATE) AS gone
WHERE referral.id = gone.id
RETURNING referral.id, referrer_id, referred_id, old.order_id, old.qualified_at
""")


async def value_orders(session: AsyncSession, orders: Sequence[Bought]) -> None:
    """Value those who bought, and those who brought them; announce whose referral qualifies."""
    if not orders:
        return
    brought = await _brought(session, orders)
    deeds = [*_deeds(orders, brought)]
    if brought:
        await session.execute(HOLD, {"referrers": list(brought.values())})
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
    deeds += [_told_no_more(session, row, ORDER_CANCELLED) for row in gone]
    await take_from_value(session, deeds)


async def end_between(session: AsyncSession, ended: Sequence[Referral], customer: UUID) -> None:
    """Referrals of somebody by themselves count for nobody, and what they gave is taken back.

    They are as they were while the two were two, who are `customer` by now.
    """
    if not ended:
        return
    orders = [each.order_id for each in ended]
    await session.execute(DISQUALIFY, {"orders": orders})
    deeds = [_told_no_more(session, each, SAME_CUSTOMER, customer) for each in ended]
    await take_from_value(session, deeds)


def _told_no_more(
    session: AsyncSession, gone: Any, reason: str, customer: UUID | None = None
) -> Deed:
    """Tell of a referral that counts no longer; what it was worth to who brought them."""
    record(
        session,
        ReferralDisqualified(
            referral_id=gone.id,
            customer_id=customer or gone.referrer_id,
            referred_id=customer or gone.referred_id,
            order_id=gone.order_id,
            reason=reason,
        ),
    )
    return Deed(gone.referrer_id, Component.REFERRALS, 1, gone.qualified_at)


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
