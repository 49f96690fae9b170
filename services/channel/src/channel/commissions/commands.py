"""Everything that changes commissions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert as plain_insert
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from channel.commissions.arithmetic import Earning, Standing
from channel.commissions.errors import CommissionPlanTaken
from channel.commissions.events import CommissionAccrued
from channel.commissions.models import (
    CommissionLine,
    CommissionPlan,
    CommissionStanding,
    EarningOrder,
)
from channel.commissions.queries import plans_by_id, plans_for
from kit.database import AsyncSession
from kit.events import record
from kit.models import utcnow, uuid7

Key = tuple[UUID, str, str]
Due = tuple[CommissionPlan, EarningOrder]


async def define_plan(session: AsyncSession, plan: CommissionPlan) -> CommissionPlan:
    """Define a plan; the same again changes nothing, other terms under its code are refused."""
    statement = insert(CommissionPlan).values(plan.model_dump()).on_conflict_do_nothing()
    if (await session.execute(statement.returning(col(CommissionPlan.id)))).first() is not None:
        return plan
    known = (
        await session.exec(select(CommissionPlan).where(CommissionPlan.code == plan.code))
    ).one()
    if known.model_dump(exclude={"id", "created_at"}) != plan.model_dump(
        exclude={"id", "created_at"}
    ):
        raise CommissionPlanTaken(plan.code)
    return known


async def accrue(session: AsyncSession, orders: Sequence[EarningOrder]) -> None:
    """Let each order earn by every plan that covers it."""
    if not orders:
        return
    plans = await plans_for(session, orders)
    due = [(plan, order) for order in orders for plan in plans if plan.covers(order)]
    if not due:
        return
    standings = await _advance_standings(session, due)
    lines = []
    for plan, order in due:
        key = _key(plan, order)
        before = standings[key]
        after = before.plus(order.amount_minor, plan.simply_earned(order.amount_minor))
        standings[key] = after
        lines.append(_line(plan, order, plan.change(before, after)))
    await _keep(session, lines)


async def claw_back(session: AsyncSession, order_id: UUID) -> None:
    """Take back what an order gave: its month then has what its other orders earn alone."""
    statement = (
        select(CommissionLine)
        .where(CommissionLine.order_id == order_id, col(CommissionLine.clawback).is_(False))
        .order_by(col(CommissionLine.plan_id))
    )
    earned = (await session.exec(statement)).all()
    plans = await plans_by_id(session, [line.plan_id for line in earned])
    lines = []
    for line in earned:
        after = await _lower_standing(session, line)
        before = after.plus(line.order_minor, line.simple_minor)
        earning = plans[line.plan_id].change(before, after)
        lines.append(_reversal(line, earning))
    if lines:
        await _keep(session, lines)


def _key(plan: CommissionPlan, order: EarningOrder) -> Key:
    return plan.id, order.partner_code, order.month


async def _advance_standings(session: AsyncSession, due: Sequence[Due]) -> dict[Key, Standing]:
    """Count the orders in, holding each month until the end; answers with what was before.

    Always in the same order, so that two transactions can't wait for each other.
    """
    added: dict[Key, Standing] = {}
    for plan, order in due:
        sofar = added.get(_key(plan, order), Standing(0, 0))
        added[_key(plan, order)] = sofar.plus(
            order.amount_minor, plan.simply_earned(order.amount_minor)
        )
    table = CommissionStanding
    rows = [
        {
            "id": uuid7(),
            "created_at": utcnow(),
            "plan_id": plan_id,
            "partner_code": partner_code,
            "month": month,
            **added[plan_id, partner_code, month]._asdict(),
        }
        for plan_id, partner_code, month in sorted(added)
    ]
    wanted = insert(table).values(rows)
    statement = wanted.on_conflict_do_update(
        index_elements=["plan_id", "partner_code", "month"],
        set_={name: getattr(table, name) + wanted.excluded[name] for name in Standing._fields},
    ).returning(
        col(table.plan_id),
        col(table.partner_code),
        col(table.month),
        col(table.volume_minor),
        col(table.simple_minor),
    )
    before = {}
    for plan_id, partner_code, month, volume, simple in await session.execute(statement):
        more = added[plan_id, partner_code, month]
        before[plan_id, partner_code, month] = Standing(volume, simple).plus(
            -more.volume_minor, -more.simple_minor
        )
    return before


async def _lower_standing(session: AsyncSession, line: CommissionLine) -> Standing:
    table = CommissionStanding
    statement = (
        update(table)
        .where(
            col(table.plan_id) == line.plan_id,
            col(table.partner_code) == line.partner_code,
            col(table.month) == line.month,
        )
        .values(
            volume_minor=table.volume_minor - line.order_minor,
            simple_minor=table.simple_minor - line.simple_minor,
        )
        .returning(col(table.volume_minor), col(table.simple_minor))
        .execution_options(synchronize_session=False)
    )
    return Standing(*(await session.execute(statement)).one())


def _line(plan: CommissionPlan, order: EarningOrder, earning: Earning) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "created_at": utcnow(),
        "order_id": order.order_id,
        "plan_id": plan.id,
        "plan_code": plan.code,
        "clawback": False,
        "task_id": order.task_id,
        "campaign_id": order.campaign_id,
        "partner_code": order.partner_code,
        "unit": order.unit,
        "month": order.month,
        "order_minor": order.amount_minor,
        "simple_minor": plan.simply_earned(order.amount_minor),
        "amount_minor": earning.amount_minor,
        "currency": order.currency,
        "arithmetic": earning.arithmetic,
    }


def _reversal(line: CommissionLine, earning: Earning) -> dict[str, Any]:
    return {
        **line.model_dump(),
        "id": uuid7(),
        "created_at": utcnow(),
        "clawback": True,
        "amount_minor": earning.amount_minor,
        "arithmetic": f"the order was cancelled: {earning.arithmetic}",
    }


async def _keep(session: AsyncSession, lines: Sequence[dict[str, Any]]) -> None:
    await session.execute(plain_insert(CommissionLine), lines)
    for line in lines:
        told = {
            name: line[name] for name in CommissionAccrued.model_fields if name != "commission_id"
        }
        record(session, CommissionAccrued(commission_id=line["id"], **told))
