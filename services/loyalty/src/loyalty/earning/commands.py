"""What orders earn, and what their cancellation takes back, each once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from kit.database import AsyncSession
from kit.models import uuid7
from loyalty.accounts.commands import open_accounts
from loyalty.earning.models import OrderEarning
from loyalty.earning.queries import earning_rules, rule_for
from loyalty.points.commands import post, take_back
from loyalty.points.models import NewPosting
from loyalty.tiers.commands import count_no_longer, count_towards_tiers
from loyalty.tiers.models import Qualifying
from loyalty.tiers.queries import earning_percents


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order as far as earning goes."""

    order_id: UUID
    customer_id: UUID
    amount_minor: int
    currency: str
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class Cancellation:
    """An order that is none any more."""

    order_id: UUID
    customer_id: UUID
    cancelled_at: datetime


@dataclass(frozen=True, slots=True)
class Earned:
    """What an order gives, and the posting that will give it."""

    order: Purchase
    rule_code: str | None
    points: int
    posting_id: UUID


async def earn_for(session: AsyncSession, purchases: Iterable[Purchase]) -> None:
    """Give points for orders; one that was cancelled before it came here earns nothing."""
    by_id = {each.order_id: each for each in purchases}
    orders = [by_id[order_id] for order_id in sorted(by_id)]
    accounts = await open_accounts(session, (each.customer_id for each in orders))
    earned = await _remember_placed(session, await _earned(session, orders))
    await post(session, [_posting(each, accounts[each.order.customer_id]) for each in earned])
    await count_towards_tiers(session, [_qualifying(each) for each in earned])


async def _earned(session: AsyncSession, orders: Sequence[Purchase]) -> list[Earned]:
    rules = await earning_rules(session)
    percents = await earning_percents(session, list({each.customer_id for each in orders}))
    earned = []
    for order in orders:
        rule = rule_for(rules, order.currency, order.placed_at)
        points = rule.earned(order.amount_minor, percents[order.customer_id]) if rule else 0
        earned.append(Earned(order, rule.code if rule else None, points, uuid7()))
    return earned


REMEMBER_PLACED = text("""
INSERT INTO order_earning AS known (order_id, customer_id, placed_at, rule_code, points, posting_id)
SELECT order_id, customer_id, placed_at, rule_code, points, posting_id
FROM jsonb_to_recordset(CAST(:orders AS jsonb)) AS new (
  order_id uuid, customer_id uuid, placed_at timestamptz, rule_code text, points bigint,
  posting_id uuid)
ON CONFLICT (order_id) DO UPDATE SET placed_at = excluded.placed_at WHERE known.placed_at IS NULL
RETURNING order_id, cancelled_at
""")


async def _remember_placed(session: AsyncSession, earned: list[Earned]) -> list[Earned]:
    """Keep what each order earned; the ones that now have points to be posted.

    What is there without `placed_at` was cancelled before it came, and stays without points.
    """
    rows = orjson.dumps([_row(each) for each in earned], default=str).decode()
    kept = await session.execute(REMEMBER_PLACED, {"orders": rows})
    standing = {order for order, cancelled_at in kept if cancelled_at is None}
    return [each for each in earned if each.points and each.order.order_id in standing]


def _row(earned: Earned) -> dict[str, Any]:
    return {
        "order_id": earned.order.order_id,
        "customer_id": earned.order.customer_id,
        "placed_at": earned.order.placed_at,
        "rule_code": earned.rule_code,
        "points": earned.points,
        "posting_id": earned.posting_id if earned.points else None,
    }


def _posting(earned: Earned, account_id: UUID) -> NewPosting:
    return NewPosting(
        id=earned.posting_id,
        account_id=account_id,
        key=f"order:{earned.order.order_id}",
        kind="earn",
        points=earned.points,
        reason="order",
        source_kind="order",
        source_id=str(earned.order.order_id),
        occurred_at=earned.order.placed_at,
    )


def _qualifying(earned: Earned) -> Qualifying:
    return Qualifying(
        source_id=earned.order.order_id,
        customer_id=earned.order.customer_id,
        points=earned.points,
        qualified_at=earned.order.placed_at,
    )


async def cancel_earnings(session: AsyncSession, cancellations: Iterable[Cancellation]) -> None:
    """Take back what cancelled orders gave; for one that has not come yet, remember it."""
    by_id = {each.order_id: each for each in cancellations}
    given = await _remember_cancelled(session, [by_id[order_id] for order_id in sorted(by_id)])
    accounts = await open_accounts(session, (each.customer_id for each in given))
    await take_back(
        session,
        [
            _reversal(each, accounts[each.customer_id], by_id[each.order_id].cancelled_at)
            for each in given
        ],
    )
    await count_no_longer(session, [each.order_id for each in given])


async def _remember_cancelled(
    session: AsyncSession, orders: Sequence[Cancellation]
) -> list[OrderEarning]:
    """Keep that they are cancelled; the ones that had earned points until now."""
    rows = [
        {
            "order_id": each.order_id,
            "customer_id": each.customer_id,
            "cancelled_at": each.cancelled_at,
            "points": 0,
        }
        for each in orders
    ]
    cancelled = insert(OrderEarning).values(rows)
    statement = cancelled.on_conflict_do_update(
        index_elements=["order_id"],
        set_={"cancelled_at": cancelled.excluded.cancelled_at},
        where=col(OrderEarning.cancelled_at).is_(None),
    ).returning(OrderEarning)
    return [each for each in await session.scalars(statement) if each.points]


def _reversal(earning: OrderEarning, account_id: UUID, cancelled_at: datetime) -> NewPosting:
    return NewPosting(
        account_id=account_id,
        key=f"order:{earning.order_id}:cancelled",
        kind="reverse",
        points=-earning.points,
        reason="order cancelled",
        source_kind="order",
        source_id=str(earning.order_id),
        reverses=earning.posting_id,
        occurred_at=cancelled_at,
    )
