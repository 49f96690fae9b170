"""Everything that changes member value: each event adds its weight, or takes it away again."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import TextClause, text

from kit.database import AsyncSession
from loyalty.value.models import Component, weight


class Deed(NamedTuple):
    """Something a member did, or undid."""

    customer_id: UUID
    component: Component
    amount: float
    at: datetime


COLUMNS = [each.value for each in Component]
_ROWS = """jsonb_to_recordset(CAST(:rows AS jsonb)) AS new (customer_id uuid, spent float8,
  orders float8, referred_spent float8, referrals float8, participation float8)"""

ADD = text(f"""
INSERT INTO member_value AS known
  (customer_id, origin_id, spent, orders, referred_spent, referrals, participation)
SELECT customer_id, customer_id, spent, orders, referred_spent, referrals, participation
FROM {_ROWS} ORDER BY customer_id
ON CONFLICT (customer_id, origin_id) DO UPDATE
SET spent = known.spent + excluded.spent, orders = known.orders + excluded.orders,
    referred_spent = known.referred_spent + excluded.referred_spent,
    referrals = known.referrals + excluded.referrals,
    participation = known.participation + excluded.participation
""")  # noqa: S608  # nothing comes from outside

TAKE = text(f"""
UPDATE member_value AS known
SET spent = greatest(known.spent - new.spent, 0), orders = greatest(known.orders - new.orders, 0),
    referred_spent = greatest(known.referred_spent - new.referred_spent, 0),
    referrals = greatest(known.referrals - new.referrals, 0),
    participation = greatest(known.participation - new.participation, 0)
FROM {_ROWS} WHERE known.origin_id = new.customer_id
""")  # noqa: S608


async def add_to_value(session: AsyncSession, deeds: Iterable[Deed]) -> None:
    """Weigh what members did, and add it to what they did before."""
    await _change(session, ADD, deeds)


async def take_from_value(session: AsyncSession, deeds: Iterable[Deed]) -> None:
    """What was undone counts no longer, at the weight with which it counted."""
    await _change(session, TAKE, deeds)


async def _change(session: AsyncSession, statement: TextClause, deeds: Iterable[Deed]) -> None:
    sums: dict[UUID, dict[str, float]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0.0))
    for each in deeds:
        sums[each.customer_id][each.component.value] += each.amount * weight(
            each.component, each.at
        )
    if sums:
        rows = [{"customer_id": customer, **sums[customer]} for customer in sorted(sums)]
        await session.execute(statement, {"rows": orjson.dumps(rows, default=str).decode()})
